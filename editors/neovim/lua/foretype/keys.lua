-- Keys in insert mode. Each does what it did before where there is no suggestion.

local M = {}

--- The mapping that a key had before ours, in this buffer or everywhere.
---@param bufnr integer
---@param lhs string
---@return table|nil
local function mapping(bufnr, lhs)
  local wanted = vim.api.nvim_replace_termcodes(lhs, true, true, true)
  for _, maps in ipairs({
    vim.api.nvim_buf_get_keymap(bufnr, "i"),
    vim.api.nvim_get_keymap("i"),
  }) do
    for _, map in ipairs(maps) do
      local same = vim.api.nvim_replace_termcodes(map.lhs, true, true, true) == wanted
      if same and not (map.desc or ""):match("^foretype: ") then
        return map
      end
    end
  end
end

---@param keys string
local function feed(keys, remap)
  vim.api.nvim_feedkeys(
    vim.api.nvim_replace_termcodes(keys, true, true, true),
    remap and "im" or "in",
    false
  )
end

--- Do what the key did before.
---@param earlier table|nil a buffer's own mapping that ours has replaced
---@param bufnr integer
---@param lhs string
local function fall_through(earlier, bufnr, lhs)
  local map = earlier or mapping(bufnr, lhs)
  if not map then
    feed(lhs, false)
    return
  end
  local result = map.callback and map.callback() or nil
  if not map.callback then
    result = map.expr == 1 and vim.api.nvim_eval(map.rhs) or map.rhs
  end
  if map.callback and map.expr ~= 1 then
    return
  end
  if type(result) == "string" and result ~= "" then
    feed(result, map.noremap ~= 1)
  end
end

local ACTIONS = {
  accept = { "accept the suggestion", "accept" },
  accept_word = { "accept the suggestion's next word", "accept_word" },
  accept_line = { "accept the suggestion's next line", "accept_line" },
  dismiss = { "hide the suggestion", "dismiss" },
  next = { "next suggestion", "next", always = true },
  previous = { "previous suggestion", "previous", always = true },
  suggest = { "ask for a suggestion", "suggest", always = true },
}

---@param bufnr integer
function M.map(bufnr)
  local keys = require("foretype.config").current.keys
  if not keys or vim.b[bufnr].foretype_keys then
    return
  end
  vim.b[bufnr].foretype_keys = true
  for name, action in pairs(ACTIONS) do
    local lhs = keys[name]
    if lhs then
      local earlier = mapping(bufnr, lhs)
      earlier = earlier and earlier.buffer ~= 0 and earlier or nil
      vim.keymap.set("i", lhs, function()
        -- An entry that was picked in the completion menu comes first.
        local picked = vim.fn.pumvisible() == 1 and vim.fn.complete_info({ "selected" }).selected >= 0
        if not picked and require("foretype")[action[2]]() or action.always then
          return
        end
        fall_through(earlier, bufnr, lhs)
      end, { buffer = bufnr, desc = "foretype: " .. action[1] })
    end
  end
end

return M
