-- Ghost text, on vim.lsp.inline_completion. Makes up for what that leaves to be wished for:
-- text that was typed since the suggestion was asked for, accepting a part, suggestions that
-- come late.

local M = {}

local NAMESPACE = "nvim.lsp.inline_completion"
local AUTOMATIC, INVOKED = 2, 1

--- Neovim's own record of the suggestion in a buffer. It is private there: where it is not to be
--- had, ghost text and accepting still work and only the refinements are lost.
---@param bufnr integer
---@return table|nil
local function completor(bufnr)
  local ok, capability = pcall(require, "vim.lsp._capability")
  local all = ok and type(capability) == "table" and capability.all
  local inline = type(all) == "table" and all.inline_completion
  local active = type(inline) == "table" and inline.active
  return type(active) == "table" and active[bufnr] or nil
end

---@param bufnr integer
---@return integer
local function resolve(bufnr)
  return bufnr == 0 and vim.api.nvim_get_current_buf() or bufnr
end

---@param bufnr integer
---@return integer|nil row
---@return integer|nil col
local function cursor(bufnr)
  local window = vim.api.nvim_get_current_win()
  if vim.api.nvim_win_get_buf(window) ~= bufnr then
    return nil
  end
  local at = vim.api.nvim_win_get_cursor(window)
  return at[1] - 1, at[2]
end

--- The range of an item from 0, in bytes, whichever of its shapes this Neovim uses.
---@return integer, integer, integer, integer
local function bytes(range)
  return range:to_extmark()
end

--- What is left of a suggestion at the cursor, and what it replaces.
---
--- Neovim applies a suggestion where it was asked for, so that a key typed since then would stay
--- behind as stray text. Nil where the typed text contradicts the suggestion.
---@param bufnr integer
---@param item table
---@return {text: string, row: integer, col: integer, end_col: integer}|nil
local function remaining(bufnr, item)
  if type(item.insert_text) ~= "string" then
    return nil
  end
  local row, col = cursor(bufnr)
  if not row then
    return nil
  end
  if not item.range then
    return { text = item.insert_text, row = row, col = col, end_col = col }
  end
  local start_row, start_col, end_row, end_col = bytes(item.range)
  if start_row ~= row or end_row ~= row or col < start_col then
    return nil
  end
  local line = vim.api.nvim_buf_get_lines(bufnr, row, row + 1, false)[1] or ""
  local typed = line:sub(start_col + 1, col)
  if not vim.startswith(item.insert_text, typed) then
    return nil
  end
  return {
    text = item.insert_text:sub(#typed + 1),
    row = row,
    col = col,
    -- The range begins at the cursor of the time; what it held after that has moved along.
    end_col = math.min(end_col + #typed, #line),
  }
end

--- The end of the next word of a text: what stands before it, and the word or sign itself.
---@param text string
---@return integer
local function word_end(text)
  local _, blank = text:find("^%s*")
  local _, word = text:find("^[%w_\128-\255]+", blank + 1)
  if word then
    return word
  end
  local _, sign = text:find("^[^%w_%s\128-\255]+", blank + 1)
  return sign or #text
end

--- The end of the next line of a text; a line end at its start is taken along.
---@param text string
---@return integer
local function line_end(text)
  local first = text:find("[^\n]")
  if not first then
    return #text
  end
  local stop = text:find("\n", first, true)
  return stop and stop - 1 or #text
end

local PARTS = { word = word_end, line = line_end }

---@param bufnr integer
---@param rest {row: integer, col: integer, end_col: integer}
---@param text string
---@param keep_after boolean whether what would be replaced stays for now
local function insert(bufnr, rest, text, keep_after)
  -- A step of its own for undo: `u` takes the suggestion back and leaves what was typed.
  vim.bo[bufnr].undolevels = vim.bo[bufnr].undolevels
  local lines = vim.split(text, "\n", { plain = true })
  local end_col = keep_after and rest.col or rest.end_col
  vim.api.nvim_buf_set_text(bufnr, rest.row, rest.col, rest.row, end_col, lines)
  local row = rest.row + #lines - 1
  local col = (#lines == 1 and rest.col or 0) + #lines[#lines]
  vim.api.nvim_win_set_cursor(0, { row + 1, col })
  return row, col
end

--- Keep showing what is left of a suggestion after a part of it was accepted.
local function show_rest(bufnr, item, text, row, col, replaced)
  local shown = completor(bufnr)
  local client = vim.lsp.get_client_by_id(item.client_id)
  if not (shown and client and shown.show) then
    return
  end
  local encoding = client.offset_encoding
  local line = vim.api.nvim_buf_get_lines(bufnr, row, row + 1, false)[1] or ""
  local function position(byte)
    return { line = row, character = vim.str_utfindex(line, encoding, byte, false) }
  end
  local range = { start = position(col), ["end"] = position(math.min(col + replaced, #line)) }
  local ok, at = pcall(vim.range.lsp, bufnr, range, encoding)
  if not ok then
    return
  end
  shown.current = vim.tbl_extend("force", item, { insert_text = text, range = at })
  shown:show()
end

---@param bufnr integer
---@param item table
---@param part "word"|"line"
---@return table|nil the item itself where the part is all of it
local function accept_part(bufnr, item, part)
  local rest = remaining(bufnr, item)
  if not rest then
    return nil
  end
  local stop = PARTS[part](rest.text)
  if stop >= #rest.text then
    return item
  end
  local replaced = rest.end_col - rest.col
  local row, col = insert(bufnr, rest, rest.text:sub(1, stop), true)
  show_rest(bufnr, item, rest.text:sub(stop + 1), row, col, replaced)
  return nil
end

--- Whether ghost text is on the screen.
---@param bufnr integer
---@return boolean
function M.visible(bufnr)
  local namespace = vim.api.nvim_get_namespaces()[NAMESPACE]
  if not namespace then
    return false
  end
  local marks = vim.api.nvim_buf_get_extmarks(bufnr, namespace, 0, -1, { limit = 1 })
  return #marks > 0
end

--- Accept all of the suggestion, its next word or its next line.
---@param part "all"|"word"|"line"
---@return boolean whether there was one
function M.accept(part)
  local bufnr = vim.api.nvim_get_current_buf()
  if not (M.visible(bufnr) and vim.bo[bufnr].modifiable) then
    return false
  end
  return vim.lsp.inline_completion.get({
    bufnr = bufnr,
    on_accept = function(item)
      if type(item.insert_text) ~= "string" then
        return item
      end
      if part ~= "all" then
        item = accept_part(bufnr, item, part)
      end
      local rest = item and remaining(bufnr, item)
      if not rest then
        return nil
      end
      insert(bufnr, rest, rest.text, false)
      local client = vim.lsp.get_client_by_id(item.client_id)
      if client and item.command then
        client:exec_cmd(item.command, { bufnr = bufnr })
      end
      return nil
    end,
  })
end

--- Ask by hand, and show the suggestion that stands `count` further on in the answer.
---@param bufnr integer
---@param shown table
---@param count integer
local function ask_for_others(bufnr, shown, count)
  for client_id in pairs(shown.client_state) do
    local client = assert(vim.lsp.get_client_by_id(client_id))
    local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
    params.context = { triggerKind = INVOKED }
    client:request("textDocument/inlineCompletion", params, function(...)
      shown:handler(...)
      if shown:count_items() > 1 then
        vim.lsp.inline_completion.select({ bufnr = bufnr, count = count })
      end
    end, bufnr)
  end
end

--- Show another suggestion for the same place. The automatic answer holds one: where there is no
--- other yet, the server is asked for more.
---@param count integer
function M.cycle(count)
  local bufnr = vim.api.nvim_get_current_buf()
  local shown = completor(bufnr)
  if shown and shown.client_state and shown.handler and shown:count_items() < 2 then
    ask_for_others(bufnr, shown, count)
  else
    vim.lsp.inline_completion.select({ count = count })
  end
end

--- Hide the suggestion until another is asked for.
---@param bufnr integer
---@return boolean whether there was one
function M.dismiss(bufnr)
  bufnr = resolve(bufnr)
  if not M.visible(bufnr) then
    return false
  end
  local shown = completor(bufnr)
  if shown and shown.abort then
    shown:abort()
  else
    vim.api.nvim_buf_clear_namespace(bufnr, vim.api.nvim_get_namespaces()[NAMESPACE], 0, -1)
  end
  return true
end

--- Ask the server now.
---@param bufnr integer
---@param by_hand boolean
function M.ask(bufnr, by_hand)
  bufnr = resolve(bufnr)
  local shown = completor(bufnr)
  if shown and shown.request then
    shown:request(by_hand and INVOKED or AUTOMATIC)
    return
  end
  -- The way that is left: what Neovim itself listens to, which costs its 200 ms.
  pcall(vim.api.nvim_exec_autocmds, "CursorMovedI", { buffer = bufnr })
end

--- A suggestion has come after its deadline: ask again, unless something is shown that it does
--- not replace.
function M.on_ready(_, params, context)
  local bufnr = type(params) == "table" and params.uri and vim.uri_to_bufnr(params.uri)
  local client = vim.lsp.get_client_by_id(context.client_id)
  if not (bufnr and client) or bufnr ~= vim.api.nvim_get_current_buf() then
    return
  end
  local typing = vim.startswith(vim.api.nvim_get_mode().mode, "i")
  local current = params.version == nil or params.version == vim.lsp.util.buf_versions[bufnr]
  if typing and current and (params.replaces or not M.visible(bufnr)) then
    M.ask(bufnr, false)
  end
end

--- Take down ghost text that the typed text contradicts, which Neovim leaves for a while.
---@param bufnr integer
local function hide_what_no_longer_fits(bufnr)
  local shown = completor(bufnr)
  local item = shown and shown.current
  if item and type(item.insert_text) == "string" and not remaining(bufnr, item) then
    shown.current = nil
    shown:hide()
  end
end

---@type table<integer, true>
local followed = {}

--- Send the changes of a buffer that Neovim itself has ceased to send: once a buffer was changed
--- while no server was attached, it tells none that is attached later of any change.
---@param bufnr integer
local function follow(bufnr)
  if followed[bufnr] then
    return
  end
  followed[bufnr] = vim.api.nvim_buf_attach(bufnr, false, {
    -- Called after Neovim's own, which notes the version where it is still there.
    on_lines = function(_, _, version, first, last, new_last)
      local known = vim.lsp.util.buf_versions
      local ok, tracking = pcall(require, "vim.lsp._changetracking")
      if known[bufnr] == version or not ok or #vim.lsp.get_clients({ bufnr = bufnr }) == 0 then
        return
      end
      known[bufnr] = version
      tracking.send_changes(bufnr, first, last, new_last)
    end,
    on_detach = function()
      followed[bufnr] = nil
    end,
  }) or nil
end

---@param client vim.lsp.Client
---@param bufnr integer
function M.on_attach(client, bufnr)
  follow(bufnr)
  if not client:supports_method("textDocument/inlineCompletion", bufnr) then
    return
  end
  vim.lsp.inline_completion.enable(require("foretype.switch").is_on(bufnr), { bufnr = bufnr })
  vim.api.nvim_create_autocmd({ "CursorMovedI", "TextChangedP" }, {
    group = vim.api.nvim_create_augroup("foretype.ghost." .. bufnr, { clear = true }),
    buffer = bufnr,
    callback = function()
      hide_what_no_longer_fits(bufnr)
    end,
  })
  -- Neovim asks at the next movement only; whoever is typing already need not wait for it.
  if bufnr == vim.api.nvim_get_current_buf() and vim.startswith(vim.api.nvim_get_mode().mode, "i") then
    -- In the step after the one in which Neovim gives a buffer that had a client the new one.
    vim.schedule(vim.schedule_wrap(function()
      M.ask(bufnr, false)
    end))
  end
end

return M
