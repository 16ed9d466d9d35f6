-- What the server says of itself, for the statusline and `:Foretype status`.

local M = {}

---@type table<integer, {state: string, provider: string|nil, model: string|nil, message: string|nil}>
local by_client = {}

-- States for the user to act upon. Faults that pass by themselves, such as an overloaded
-- provider, are for the statusline alone.
local FOR_THE_USER = { needs_key = true, key_refused = true, refused = true }

function M.on_status(_, params, context)
  if type(params) ~= "table" then
    return
  end
  local status = {}
  for name, value in pairs(params) do
    status[name] = value ~= vim.NIL and value or nil
  end
  by_client[context.client_id] = status
  if FOR_THE_USER[status.state] and (status.message or "") ~= "" then
    vim.notify_once("foretype: " .. status.message, vim.log.levels.WARN)
  end
  vim.api.nvim_exec_autocmds("User", { pattern = "ForetypeStatus", data = status, modeline = false })
  vim.cmd.redrawstatus()
end

---@param client vim.lsp.Client
function M.of(client)
  return by_client[client.id] or { state = "starting" }
end

---@return string
function M.statusline()
  local bufnr = vim.api.nvim_get_current_buf()
  local client = require("foretype").clients(bufnr)[1]
  if not client then
    return ""
  end
  local icons = require("foretype.config").current.icons
  if not require("foretype.switch").is_on(bufnr) then
    return icons.off
  end
  local state = M.of(client).state
  return icons[state] or ("foretype (%s)"):format(state)
end

--- What `:Foretype status` prints.
---@return string[]
function M.lines()
  local bufnr = vim.api.nvim_get_current_buf()
  local clients = require("foretype").clients(bufnr)
  if #clients == 0 then
    return {
      "foretype is not attached to this buffer. `:Foretype restart` starts it again, "
        .. ":checkhealth foretype may tell why it ended.",
    }
  end
  local lines = {}
  for _, client in ipairs(clients) do
    local status = M.of(client)
    local on = require("foretype.switch").is_on(bufnr)
    local model = table.concat({ status.provider or "", status.model or "" }, " "):match("^%s*(.-)%s*$")
    table.insert(lines, ("foretype: %s"):format(on and status.state or "off in this buffer"))
    if model ~= "" then
      table.insert(lines, "model: " .. model)
    end
    if status.message and status.message ~= "" then
      table.insert(lines, status.message)
    end
    table.insert(lines, "workspace: " .. (client.root_dir or "none, single files"))
  end
  return lines
end

return M
