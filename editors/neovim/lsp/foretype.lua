-- How Neovim 0.11+ starts foretype; override any of it with vim.lsp.config("foretype", {...}).

---@type vim.lsp.Config
return {
  cmd = { "foretype", "--stdio" },
  root_dir = function(bufnr, on_dir)
    local name = vim.api.nvim_buf_get_name(bufnr)
    -- Buffers without a file of their own (scratch, oil://, fugitive://) are left alone.
    if vim.bo[bufnr].buftype ~= "" or name == "" or name:match("^%w[%w+.-]+://") then
      return
    end
    on_dir(vim.fs.root(bufnr, { ".foretype.toml", ".git", ".hg" }))
  end,
  -- Neovim holds changes back for 150 ms otherwise, and a server that reacts to the keystroke
  -- itself would be blind for that long.
  flags = { debounce_text_changes = 0 },
  init_options = { client = "neovim", notifyLate = true },
  -- Looked up when they are called, so that the plugin starts without loading itself whole.
  handlers = {
    ["foretype/status"] = function(...)
      return require("foretype.status").on_status(...)
    end,
    ["foretype/document"] = function(...)
      return require("foretype.refactor").on_document(...)
    end,
    ["foretype/preview"] = function(...)
      return require("foretype.refactor").on_preview(...)
    end,
    ["foretype/previewEnded"] = function(...)
      return require("foretype.refactor").on_preview_ended(...)
    end,
    ["foretype/suggestionReady"] = function(...)
      return require("foretype.ghost").on_ready(...)
    end,
  },
  commands = {
    ["foretype.refactor"] = function(...)
      return require("foretype.refactor").on_command(...)
    end,
    ["foretype.refactor.menu"] = function(...)
      return require("foretype.refactor").on_menu(...)
    end,
  },
}
