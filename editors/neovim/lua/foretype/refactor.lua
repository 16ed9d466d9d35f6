-- Refactorings: offered as code actions, with an instruction of one's own where wanted.

local M = {}

local COMMAND = "foretype.refactor"

---@param client vim.lsp.Client
---@param argument table
---@param bufnr integer
local function execute(client, argument, bufnr)
  require("foretype").execute(client, { command = COMMAND, arguments = { argument } }, function(err)
    if err then
      vim.notify("foretype: " .. (err.message or "the refactoring failed"), vim.log.levels.WARN)
    end
  end, bufnr)
end

--- A code action was chosen: ask for the instruction where it lacks one.
function M.on_command(command, context)
  local client = vim.lsp.get_client_by_id(context.client_id)
  local argument = (command.arguments or {})[1] or vim.empty_dict()
  if not client then
    return
  end
  if not argument.needsInstruction then
    execute(client, argument, context.bufnr)
    return
  end
  vim.ui.input({ prompt = "Rewrite how? " }, function(instruction)
    if not instruction or vim.trim(instruction) == "" then
      return
    end
    argument = vim.tbl_extend("force", argument, { instruction = instruction })
    argument.needsInstruction = nil
    execute(client, argument, context.bufnr)
  end)
end

--- The selection or the given lines, in the shape of LSP.
local function code_action_range(options)
  if options.line1 then
    local last = vim.api.nvim_buf_get_lines(0, options.line2 - 1, options.line2, false)[1] or ""
    return { start = { options.line1, 0 }, ["end"] = { options.line2, math.max(#last - 1, 0) } }
  end
end

--- The lines that an instruction is for, in the shape of LSP: column 0 is the same in every
--- position encoding.
local function lines_range(options)
  local line = vim.api.nvim_win_get_cursor(0)[1]
  return {
    start = { line = (options.line1 or line) - 1, character = 0 },
    ["end"] = { line = options.line2 or line - 1, character = 0 },
  }
end

--- Let the user choose, by `vim.ui.select`, among all refactorings for some lines, or for the
--- cursor's. The server lists all of the kinds that a client names.
---@param client vim.lsp.Client
---@param options {line1: integer|nil, line2: integer|nil}
local function choose(client, options)
  vim.lsp.buf.code_action({
    context = { only = { "quickfix", "refactor", "source" } },
    range = code_action_range(options),
    filter = function(action, client_id)
      local ours = client_id == nil or client_id == client.id
      local command = type(action.command) == "table" and action.command or action
      return ours and command.command == COMMAND
    end,
  })
end

--- "More refactorings…" was chosen: for the same lines.
function M.on_menu(command, context)
  local client = vim.lsp.get_client_by_id(context.client_id)
  local range = ((command.arguments or {})[1] or {}).range
  if not client then
    return
  end
  local first, last = range and range.start, range and range["end"]
  local is_selection = range and not vim.deep_equal(first, last)
  choose(client, is_selection and { line1 = first.line + 1, line2 = last.line + 1 } or {})
end

--- A buffer of the server's text in a window of its own below; the cursor stays where it is.
---@param lines string[]
---@param filetype string
---@return integer bufnr
---@return integer window
local function show_below(lines, filetype)
  local before = vim.api.nvim_get_current_win()
  vim.cmd("botright 12new")
  local bufnr, window = vim.api.nvim_get_current_buf(), vim.api.nvim_get_current_win()
  vim.api.nvim_buf_set_lines(bufnr, 0, -1, false, lines)
  vim.bo[bufnr].buftype = "nofile"
  vim.bo[bufnr].bufhidden = "wipe"
  vim.bo[bufnr].filetype = filetype
  vim.bo[bufnr].modifiable = false
  vim.wo.wrap = true
  vim.keymap.set("n", "q", "<Cmd>close<CR>", { buffer = bufnr, silent = true })
  vim.api.nvim_set_current_win(before)
  return bufnr, window
end

--- Text of the server: `q` closes it.
function M.on_document(_, shown)
  show_below(vim.split(shown.title .. "\n\n" .. shown.text, "\n"), "markdown")
end

local HINT = "ZZ applies it, q discards it"
---@type table<string, fun(applies: boolean)>
local previews = {}

--- The server asks whether a change may be applied: it is shown as a diff. The answer waits for the
--- user, so the request's own coroutine does.
function M.on_preview(_, shown)
  local asking = coroutine.running()
  local lines = vim.split(shown.question .. "\n\n" .. shown.diff, "\n")
  local bufnr, window = show_below(lines, "diff")
  vim.wo[window].winbar = HINT
  previews[shown.id] = function(applies)
    previews[shown.id] = nil
    -- Not at once: the buffer may be about to go by itself.
    vim.schedule(function()
      if vim.api.nvim_buf_is_valid(bufnr) then
        vim.api.nvim_buf_delete(bufnr, { force = true })
      end
      coroutine.resume(asking, { apply = applies })
    end)
  end
  local function answer(applies)
    if previews[shown.id] then
      previews[shown.id](applies)
    end
  end
  for keys, applies in pairs({ ZZ = true, ZQ = false }) do
    vim.keymap.set("n", keys, function()
      answer(applies)
    end, { buffer = bufnr, silent = true })
  end
  vim.api.nvim_create_autocmd("BufWipeout", {
    buffer = bufnr,
    once = true,
    callback = function()
      answer(false)
    end,
  })
  -- Whoever types goes on typing.
  if vim.fn.mode() == "n" then
    vim.api.nvim_set_current_win(window)
  end
  return coroutine.yield()
end

--- The run that a preview belongs to was cancelled.
function M.on_preview_ended(_, ended)
  if previews[ended.id] then
    previews[ended.id](false)
  end
end

--- Offer the refactorings; with an instruction, carry it out at once.
---@param options {instruction: string|nil, line1: integer|nil, line2: integer|nil}
function M.run(options)
  local bufnr = vim.api.nvim_get_current_buf()
  local client = require("foretype").clients(bufnr)[1]
  if not client then
    vim.notify("foretype is not attached to this buffer.", vim.log.levels.WARN)
    return
  end
  if not vim.bo[bufnr].modifiable then
    local why = "foretype: this buffer is not modifiable, so nothing can be refactored in it."
    vim.notify(why, vim.log.levels.WARN)
    return
  end
  if options.instruction then
    local range = lines_range(options)
    local uri = vim.uri_from_bufnr(bufnr)
    execute(client, { instruction = options.instruction, uri = uri, range = range }, bufnr)
    return
  end
  choose(client, options)
end

return M
