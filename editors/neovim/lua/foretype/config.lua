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
---@field next_edit string|false
---@field dismiss_next_edit string|false

---@class foretype.Config
---@field enabled boolean whether suggestions are shown from the start
---@field cmd string[]|nil the command that starts the server
---@field settings table what is sent as initializationOptions, in camelCase
---@field keys foretype.Keys|false keys in insert mode, and for next edits in normal mode
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
    next_edit = "<M-n>",
    dismiss_next_edit = "<Esc>",
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

---@param value any
---@return boolean
local function is_command(value)
  if type(value) ~= "table" or not vim.islist(value) or #value == 0 then
    return false
  end
  return vim.iter(value):all(function(word)
    return type(word) == "string"
  end)
end

---@param ... string
---@return fun(value: any): boolean
local function of_type(...)
  local types = { ... }
  return function(value)
    return vim.tbl_contains(types, type(value))
  end
end

-- What each option takes: the words for it, and whether a value fits.
local TAKES = {
  enabled = { "true or false", of_type("boolean") },
  cmd = { 'a list of words such as { "foretype", "--stdio" }', is_command },
  settings = { "a table", of_type("table") },
  keys = { "a table, or false for no keys", of_type("table", "boolean") },
  icons = { "a table", of_type("table") },
}
local KEY_TAKES = {
  'a key such as "<C-l>", or false for none',
  function(value)
    return value == false or (type(value) == "string" and value ~= "")
  end,
}
local ICON_TAKES = { "a text", of_type("string") }

--- Take out of a table what does not fit, and say so; the rest still applies.
---@param options table
---@param takes fun(name: any): table|nil what an entry takes; nil where there is none of the name
---@param what string what the table's entries are called
---@return string[]
local function sift(options, takes, what)
  local found = {}
  for name, value in pairs(options) do
    local kind = takes(name)
    if not kind then
      table.insert(found, ("there is no %s `%s`"):format(what, name))
      options[name] = nil
    elseif not kind[2](value) then
      table.insert(found, ("`%s` must be %s"):format(name, kind[1]))
      options[name] = nil
    end
  end
  return found
end

---@param options table
---@return string[]
local function problems(options)
  local found = sift(options, function(name)
    return TAKES[name]
  end, "option")
  for name, takes in pairs({ keys = KEY_TAKES, icons = ICON_TAKES }) do
    if type(options[name]) == "table" then
      local function of(key)
        return M.defaults[name][key] and takes
      end
      vim.list_extend(found, sift(options[name], of, name:sub(1, -2) .. " named"))
    end
  end
  table.sort(found)
  return found
end

---@param options table|nil
---@return string[] problems
function M.set(options)
  if options ~= nil and type(options) ~= "table" then
    return { "setup() takes a table, such as { enabled = true }" }
  end
  options = vim.deepcopy(options or {})
  local found = problems(options)
  if options.keys == true then
    options.keys = nil
  end
  M.current = vim.tbl_deep_extend("force", M.defaults, options)
  return found
end

return M
