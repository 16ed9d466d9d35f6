-- Next edits: where to go on, marked in the text, and applied by a key.
--
-- Draws with highlights and text at the ends of lines, so that no line and no column moves. What
-- is drawn is always for the text as it is: it is taken down with the first change.

local M = {}

local NAMESPACE = vim.api.nvim_create_namespace("foretype.next_edit")
local ASK_MS = 50 -- The server waits by itself until an edit counts as finished.
local MAX_CHARS = 120

---@class foretype.NextEdit
---@field edit table the answer's edit
---@field client_id integer
---@field tick integer the buffer's state that it holds for
---@field row integer
---@field open boolean whether it is shown in full

---@type table<integer, foretype.NextEdit>
local shown = {}

-- What was applied last in each buffer: its label, and the buffer's state after it. While nothing
-- else is changed, further places of the same change belong to the same step of undo.
---@type table<integer, {label: string, tick: integer}>
local applied = {}

local timer = assert(vim.uv.new_timer())

---@param bufnr integer
---@return integer
local function tick_of(bufnr)
  return vim.api.nvim_buf_get_changedtick(bufnr)
end

---@param bufnr integer
local function take_down(bufnr)
  if vim.api.nvim_buf_is_valid(bufnr) then
    vim.api.nvim_buf_clear_namespace(bufnr, NAMESPACE, 0, -1)
  end
end

---@param bufnr integer
local function forget(bufnr)
  shown[bufnr] = nil
  take_down(bufnr)
end

--- The next edit of a buffer, as long as it holds.
---@param bufnr integer
---@return foretype.NextEdit|nil
local function current(bufnr)
  local found = shown[bufnr]
  if found and found.tick ~= tick_of(bufnr) then
    forget(bufnr)
    return nil
  end
  return found
end

---@param bufnr integer
---@param found foretype.NextEdit
---@return table range from 0, in bytes
local function range_of(bufnr, found)
  local client = assert(vim.lsp.get_client_by_id(found.client_id))
  return vim.range.lsp(bufnr, found.edit.inline.range, client.offset_encoding)
end

---@param row integer
---@return boolean
local function on_screen(row)
  return vim.fn.line("w0") - 1 <= row and row <= vim.fn.line("w$") - 1
end

--- What becomes of the line, or the first of the lines, that an edit changes.
---@param text string whole lines
---@return string
local function preview(text)
  local first, rest = text:match("^([^\r\n]*)\r?\n?(.*)$")
  local line = vim.trim(first)
  local more = rest ~= "" and " ..." or ""
  return vim.fn.strcharpart(line, 0, MAX_CHARS) .. more
end

---@param bufnr integer
---@param row integer
---@param text string
---@param group string
local function at_end_of_line(bufnr, row, text, group)
  vim.api.nvim_buf_set_extmark(bufnr, NAMESPACE, row, 0, {
    virt_text = { { text, group } },
    virt_text_pos = "eol",
    hl_mode = "combine",
  })
end

---@param bufnr integer
---@param found foretype.NextEdit
local function draw_in_full(bufnr, found)
  local start_row, start_col, end_row, end_col = range_of(bufnr, found):to_extmark()
  if start_row ~= end_row or start_col ~= end_col then
    vim.api.nvim_buf_set_extmark(bufnr, NAMESPACE, start_row, start_col, {
      end_row = end_row,
      end_col = end_col,
      hl_group = "ForetypeNextEditOld",
    })
  end
  local text = preview(found.edit.text)
  at_end_of_line(bufnr, start_row, text == "" and "-> (removed)" or "-> " .. text, "ForetypeNextEditNew")
end

--- Draw the next edit, or the mark that there is one, unless ghost text is on the screen.
---@param bufnr integer
function M.draw(bufnr)
  take_down(bufnr)
  local found = current(bufnr)
  if not found or bufnr ~= vim.api.nvim_get_current_buf() or require("foretype.ghost").visible(bufnr) then
    return
  end
  local more = found.edit.more > 0 and (" (+%d)"):format(found.edit.more) or ""
  if not on_screen(found.row) then
    local row = vim.api.nvim_win_get_cursor(0)[1] - 1
    local way = found.row > row and "v" or "^"
    at_end_of_line(bufnr, row, ("%s next edit: line %d%s"):format(way, found.row + 1, more), "ForetypeNextEdit")
  elseif found.open then
    draw_in_full(bufnr, found)
  else
    at_end_of_line(bufnr, found.row, "< next edit" .. more, "ForetypeNextEdit")
  end
end

---@param bufnr integer
---@param client vim.lsp.Client
---@param tick integer the state that was asked for
---@param answer table|nil
---@param open boolean
local function take(bufnr, client, tick, answer, open)
  local edit = type(answer) == "table" and type(answer.edits) == "table" and answer.edits[1]
  if not edit or not vim.api.nvim_buf_is_loaded(bufnr) or tick ~= tick_of(bufnr) then
    return
  end
  if edit.textDocument.uri ~= vim.uri_from_bufnr(bufnr) then
    return
  end
  shown[bufnr] = {
    edit = edit,
    client_id = client.id,
    tick = tick,
    row = edit.inline.range.start.line,
    open = open or answer.mode == "on",
  }
  M.draw(bufnr)
end

---@type table<integer, {client: vim.lsp.Client, id: integer}>
local asked = {}

---@param bufnr integer
---@param open boolean whether it is to be shown in full whatever the mode
local function ask(bufnr, open)
  local client = require("foretype").clients(bufnr)[1]
  if not client or not vim.bo[bufnr].modifiable or not require("foretype.switch").is_on(bufnr) then
    return
  end
  local before = asked[bufnr]
  if before then
    before.client:cancel_request(before.id)
    asked[bufnr] = nil
  end
  local tick = tick_of(bufnr)
  local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
  params.textDocument.version = vim.lsp.util.buf_versions[bufnr]
  local sent, id = client:request("foretype/nextEdit", params, function(_, answer)
    asked[bufnr] = nil
    take(bufnr, client, tick, answer, open)
  end, bufnr)
  asked[bufnr] = sent and id and { client = client, id = id } or nil
end

--- Ask soon, unless another change follows.
---@param bufnr integer
---@param open boolean
local function ask_soon(bufnr, open)
  timer:start(ASK_MS, 0, vim.schedule_wrap(function()
    if bufnr == vim.api.nvim_get_current_buf() then
      ask(bufnr, open)
    end
  end))
end

--- Whether a next edit, or the mark of one, is on the screen.
---@return boolean
function M.visible()
  local bufnr = vim.api.nvim_get_current_buf()
  if not current(bufnr) then
    return false
  end
  return #vim.api.nvim_buf_get_extmarks(bufnr, NAMESPACE, 0, -1, { limit = 1 }) > 0
end

--- Go there, with the place before in the jump list.
---@param row integer
---@param col integer
local function go(row, col)
  vim.cmd("normal! m'")
  local line = vim.api.nvim_buf_get_lines(0, row, row + 1, false)[1] or ""
  vim.api.nvim_win_set_cursor(0, { row + 1, math.min(col, #line) })
end

---@param bufnr integer
---@param found foretype.NextEdit
local function apply(bufnr, found)
  local client = assert(vim.lsp.get_client_by_id(found.client_id))
  local start_row, start_col, end_row, end_col = range_of(bufnr, found):to_extmark()
  local before = applied[bufnr]
  if before and before.label == found.edit.label and before.tick == tick_of(bufnr) then
    pcall(vim.cmd.undojoin)
  else
    vim.bo[bufnr].undolevels = vim.bo[bufnr].undolevels
  end
  local lines = vim.split(found.edit.inline.insertText, "\r?\n")
  vim.api.nvim_buf_set_text(bufnr, start_row, start_col, end_row, end_col, lines)
  forget(bufnr)
  applied[bufnr] = { label = found.edit.label, tick = tick_of(bufnr) }
  local row = start_row + #lines - 1
  go(row, (#lines == 1 and start_col or 0) + #lines[#lines])
  client:exec_cmd(found.edit.command, { bufnr = bufnr })
end

--- Show the next edit in full, at its place; where it is shown already, apply it.
---
--- Nothing is applied that was not on the screen. False where there is none.
---@return boolean
function M.accept()
  local bufnr = vim.api.nvim_get_current_buf()
  local found = current(bufnr)
  if not found or require("foretype.ghost").visible(bufnr) then
    return false
  end
  if found.open and on_screen(found.row) then
    apply(bufnr, found)
    ask_soon(bufnr, true)
  else
    found.open = true
    local start_row, start_col = range_of(bufnr, found):to_extmark()
    go(start_row, start_col)
    M.draw(bufnr)
  end
  return true
end

--- Dismiss the next edit. It is not proposed there again. False where there is none.
---@return boolean
function M.dismiss()
  local bufnr = vim.api.nvim_get_current_buf()
  local found = M.visible() and current(bufnr)
  if not found then
    return false
  end
  forget(bufnr)
  local client = vim.lsp.get_client_by_id(found.client_id)
  if client then
    local command = { command = "foretype.nextEdit.rejected", arguments = { found.edit.id } }
    require("foretype").execute(client, command, function() end, bufnr)
  end
  return true
end

---@param bufnr integer
function M.on_attach(bufnr)
  for name, link in pairs({ ForetypeNextEdit = "Comment", ForetypeNextEditOld = "DiffDelete", ForetypeNextEditNew = "DiffAdd" }) do
    vim.api.nvim_set_hl(0, name, { link = link, default = true })
  end
  local group = vim.api.nvim_create_augroup("foretype.next_edit." .. bufnr, { clear = true })
  vim.api.nvim_create_autocmd({ "TextChanged", "TextChangedI", "TextChangedP" }, {
    group = group,
    buffer = bufnr,
    callback = function()
      local chain = applied[bufnr]
      forget(bufnr)
      ask_soon(bufnr, chain ~= nil and chain.tick == tick_of(bufnr))
    end,
  })
  vim.api.nvim_create_autocmd({ "CursorMoved", "CursorMovedI", "InsertLeave", "WinScrolled" }, {
    group = group,
    buffer = bufnr,
    callback = function()
      if shown[bufnr] then
        M.draw(bufnr)
      end
    end,
  })
  vim.api.nvim_create_autocmd({ "BufLeave", "LspDetach" }, {
    group = group,
    buffer = bufnr,
    callback = function()
      forget(bufnr)
    end,
  })
end

return M
