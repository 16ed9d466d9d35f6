-- Neovim 0.10 and 0.11, which have no ghost text for LSP: suggestions stand in the completion
-- menu, refactorings work.

local M = {}

--- The settings for these versions: their menu would insert a line end as a NUL.
---@param settings table
---@return table
function M.settings(settings)
  return vim.tbl_deep_extend("force", settings, { completion = { multiline = "single" } })
end

--- For 0.10, which has no vim.lsp.enable.
---@param cmd string[]|nil
---@param settings table
function M.start(cmd, settings)
  local path = vim.api.nvim_get_runtime_file("lsp/foretype.lua", false)[1]
  local base = dofile(path)
  local function attach(bufnr)
    base.root_dir(bufnr, function(root)
      vim.lsp.start({
        name = "foretype",
        cmd = cmd or base.cmd,
        root_dir = root,
        flags = base.flags,
        handlers = base.handlers,
        commands = base.commands,
        init_options = vim.tbl_deep_extend("force", base.init_options, settings),
      }, { bufnr = bufnr })
    end)
  end
  vim.api.nvim_create_autocmd("FileType", {
    group = vim.api.nvim_create_augroup("foretype.start", { clear = true }),
    callback = function(args)
      attach(args.buf)
    end,
  })
  for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(bufnr) and vim.bo[bufnr].filetype ~= "" then
      attach(bufnr)
    end
  end
end

--- A message of the server's, as 0.12 shows it: their own way waits for a key where it is long.
---@param params { type: integer, message: string }
function M.on_message(_, params)
  local levels = { vim.log.levels.ERROR, vim.log.levels.WARN }
  vim.notify(params.message, levels[params.type] or vim.log.levels.INFO)
end

---@param client vim.lsp.Client
---@param bufnr integer
function M.on_attach(client, bufnr)
  client.handlers["window/showMessage"] = M.on_message
  vim.notify_once("foretype: ghost text needs Neovim 0.12; here suggestions stand in the completion menu.")
  if vim.lsp.completion and vim.lsp.completion.enable then
    local completeopt = vim.o.completeopt
    vim.lsp.completion.enable(true, client.id, bufnr, {
      -- A menu that comes by itself must not insert its first entry at once.
      autotrigger = (completeopt:find("noselect") or completeopt:find("noinsert")) ~= nil,
      -- 0.11 would insert the text up to its first blank.
      convert = function(item)
        return item.textEdit and { word = item.textEdit.newText } or {}
      end,
    })
  elseif vim.bo[bufnr].omnifunc == "" then
    vim.bo[bufnr].omnifunc = "v:lua.vim.lsp.omnifunc"
  end
end

return M
