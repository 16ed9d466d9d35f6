-- On and off: everywhere, in a language, in a file. The server is told as well, so that it does
-- not ask the model for what nobody will see.

local M = {}

---@type {all: boolean|nil, language: table<string, boolean>, file: table<string, boolean>}
local off = { all = nil, language = {}, file = {} }

---@param bufnr integer
---@return boolean
function M.is_on(bufnr)
  local all = off.all
  if all == nil then
    all = not require("foretype.config").current.enabled
  end
  -- A macro is to do the same again, whatever the model says then.
  if vim.fn.reg_recording() ~= "" then
    return false
  end
  return not (all or off.language[vim.bo[bufnr].filetype] or off.file[vim.api.nvim_buf_get_name(bufnr)])
end

function M.apply()
  if not vim.lsp.inline_completion then
    return
  end
  for _, client in ipairs(require("foretype").clients()) do
    for bufnr in pairs(client.attached_buffers) do
      if vim.api.nvim_buf_is_loaded(bufnr) then
        vim.lsp.inline_completion.enable(M.is_on(bufnr), { bufnr = bufnr })
      end
    end
  end
end

---@param scope "all"|"language"|"file"
function M.toggle(scope)
  local bufnr = vim.api.nvim_get_current_buf()
  local argument = { scope = scope }
  local where = "everywhere"
  if scope == "language" then
    local language = vim.bo[bufnr].filetype
    off.language[language] = not off.language[language] or nil
    argument.language = language
    argument.enabled = not off.language[language]
    where = "in " .. language
  elseif scope == "file" then
    local name = vim.api.nvim_buf_get_name(bufnr)
    off.file[name] = not off.file[name] or nil
    argument.uri = vim.uri_from_bufnr(bufnr)
    argument.enabled = not off.file[name]
    where = "in this file"
  else
    if off.all == nil then
      off.all = not require("foretype.config").current.enabled
    end
    off.all = not off.all
    argument.enabled = not off.all
  end
  M.apply()
  for _, client in ipairs(require("foretype").clients()) do
    require("foretype").execute(client, {
      command = "foretype.toggle",
      arguments = { argument },
    }, function() end, bufnr)
  end
  vim.notify(("foretype: %s %s"):format(argument.enabled and "on" or "off", where))
end

return M
