-- What setup() takes. Knows nothing of what is done with it.

local M = {}

---@class foretype.Keys
---@field accept string|false
---@field accept_word string|false
---@field accept_line string|false
---@field next string|false
---@field previous string|false
---@field dismiss string|false
---@field suggest string|false

---@class foretype.Config
---@field enabled boolean whether suggestions are shown from the start
---@field cmd string[]|nil the command that starts the server
---@field settings table what is sent as initializationOptions, in camelCase
---@field keys foretype.Keys|false keys in insert mode
---@field icons table<string, string> what the statusline component shows

-- Where `foretype setup neovim` wrote this plugin, it wrote down its own place too.
local found, installed = pcall(require, "foretype.installed")

---@type foretype.Config
M.defaults = {
  enabled = true,
  cmd = found and installed.cmd or nil,
  settings = {},
  keys = {
    accept = "<Tab>",
    accept_word = "<M-Right>",
    accept_line = "<M-C-Right>",
    next = "<M-]>",
    previous = "<M-[>",
    dismiss = "<C-]>",
    suggest = "<M-\\>",
  },
  icons = {
    starting = "foretype ...",
    ready = "foretype",
    thinking = "foretype ...",
    embedded = "foretype (embedded)",
    off = "foretype (off)",
    needs_key = "foretype (needs a key)",
    key_refused = "foretype (key refused)",
    refused = "foretype (refused)",
    error = "foretype (!)",
  },
}

---@type foretype.Config
M.current = vim.deepcopy(M.defaults)

--- Sentences about options that do not exist or have another type; the rest still applies.
---@param options table
---@return string[]
local function problems(options)
  local found = {}
  local types = {
    enabled = { "boolean" },
    cmd = { "table" },
    settings = { "table" },
    keys = { "table", "boolean" },
    icons = { "table" },
  }
  for name, value in pairs(options) do
    if not types[name] then
      table.insert(found, ("there is no option `%s`"):format(name))
    elseif not vim.tbl_contains(types[name], type(value)) then
      table.insert(found, ("`%s` must be a %s"):format(name, types[name][1]))
      options[name] = nil
    end
  end
  if type(options.keys) == "table" then
    for name in pairs(options.keys) do
      if M.defaults.keys[name] == nil then
        table.insert(found, ("there is no key named `%s`"):format(name))
      end
    end
  end
  table.sort(found)
  return found
end

---@param options table|nil
---@return string[] problems
function M.set(options)
  options = vim.deepcopy(options or {})
  local found = problems(options)
  if options.keys == true then
    options.keys = nil
  end
  M.current = vim.tbl_deep_extend("force", M.defaults, options)
  return found
end

return M
