"""Values that every other package uses: text, cursors, deadlines, timings."""
