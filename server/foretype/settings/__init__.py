"""Every setting: declared, loaded, validated, documented."""
