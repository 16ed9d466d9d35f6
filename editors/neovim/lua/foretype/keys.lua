-- Keys in insert mode, and for next edits in normal mode. Each does what it did before where there is no suggestion.

local M = {}

--- The mapping that a key had before ours, in this buffer or everywhere.
---@param bufnr integer
---@param mode string
---@param lhs string
---@return table|nil
local function mapping(bufnr, mode, lhs)
  local wanted = vim.api.nvim_replace_termcodes(lhs, true, true, true)
  for _, maps in ipairs({
    vim.api.nvim_buf_get_keymap(bufnr, mode),
    vim.api.nvim_get_keymap(mode),
  }) do
    for _, map in ipairs(maps) do
      local same = vim.api.nvim_replace_termcodes(map.lhs, true, true, true) == wanted
      if same and not (map.desc or ""):match("^foretype: ") then
        return map
      end
    end
  end
end

---@param keys string as a mapping has them, with names such as <Left>
---@return string
local function codes(keys)
  return vim.api.nvim_replace_termcodes(keys, true, true, true)
end

--- Do what a mapping does, as Neovim itself would.
---@param map table
local function carry_out(map)
  local keys = map.rhs
  if map.callback then
    keys = map.callback()
  elseif map.expr == 1 then
    keys = vim.api.nvim_eval(codes(map.rhs))
  end
  if map.callback and map.expr ~= 1 or type(keys) ~= "string" then
    return
  end
  -- An expression gives keys themselves, in which nothing is to be replaced, unless told.
  local named = map.expr ~= 1 or map.replace_keycodes == 1
  vim.api.nvim_feedkeys(named and codes(keys) or keys, map.noremap == 1 and "in" or "im", not named)
end

--- Do what the key did before.
---@param earlier table|nil a buffer's own mapping that ours has replaced
---@param bufnr integer
---@param mode string
---@param lhs string
local function fall_through(earlier, bufnr, mode, lhs)
  local map = earlier or mapping(bufnr, mode, lhs)
  if map then
    carry_out(map)
  else
    vim.api.nvim_feedkeys(codes(lhs), "in", false)
  end
end

-- By their names, which are those of foretype's functions too.
local ACTIONS = {
  accept = { "accept the suggestion" },
  accept_word = { "accept the suggestion's next word" },
  accept_line = { "accept the suggestion's next line" },
  dismiss = { "hide the suggestion" },
  next = { "next suggestion", always = true },
  previous = { "previous suggestion", always = true },
  suggest = { "ask for a suggestion", always = true },
  next_edit = { "show the next edit, or apply it", modes = { "i", "n" } },
  dismiss_next_edit = { "dismiss the next edit", modes = { "n" } },
}

-- What stands in each buffer: our keys by mode, and the buffer's own mappings that they replaced.
---@type table<integer, {mode: string, lhs: string, earlier: table|nil}[]>
local mapped = {}

---@param bufnr integer
---@param mode string
---@param lhs string
---@param name string
---@param action table
---@return {mode: string, lhs: string, earlier: table|nil}
local function map_key(bufnr, mode, lhs, name, action)
  local found = mapping(bufnr, mode, lhs)
  local earlier = found and found.buffer ~= 0 and found or nil
  vim.keymap.set(mode, lhs, function()
    -- An entry that was picked in the completion menu comes first.
    local picked = vim.fn.pumvisible() == 1 and vim.fn.complete_info({ "selected" }).selected >= 0
    if not picked and require("foretype")[name]() or action.always then
      return
    end
    fall_through(earlier, bufnr, mode, lhs)
  end, { buffer = bufnr, desc = "foretype: " .. action[1] })
  return { mode = mode, lhs = lhs, earlier = earlier }
end

---@param bufnr integer
local function unmap(bufnr)
  for _, key in ipairs(mapped[bufnr] or {}) do
    pcall(vim.keymap.del, key.mode, key.lhs, { buffer = bufnr })
    if key.earlier then
      vim.api.nvim_buf_call(bufnr, function()
        vim.fn.mapset(key.earlier)
      end)
    end
  end
  mapped[bufnr] = nil
end

--- Give a buffer the keys that are configured, in place of those that it may have from us.
---@param bufnr integer
function M.map(bufnr)
  unmap(bufnr)
  local keys = require("foretype.config").current.keys
  mapped[bufnr] = {}
  for name, action in pairs(keys and ACTIONS or {}) do
    for _, mode in ipairs(keys[name] and (action.modes or { "i" }) or {}) do
      table.insert(mapped[bufnr], map_key(bufnr, mode, keys[name], name, action))
    end
  end
end

return M
