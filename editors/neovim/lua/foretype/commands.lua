-- :Foretype and its sub-commands.

local M = {}

---@param lines string[]|string
---@param level integer|nil
local function say(lines, level)
  vim.notify(type(lines) == "table" and table.concat(lines, "\n") or lines, level or vim.log.levels.INFO)
end

--- Run a command of the server and hand its answer on.
---@param name string
---@param on_answer fun(answer: any)
---@param argument table|nil
local function ask_server(name, on_answer, argument)
  local client = require("foretype").clients(0)[1] or require("foretype").clients()[1]
  if not client then
    say("foretype is not running here; :checkhealth foretype may tell why.", vim.log.levels.WARN)
    return
  end
  require("foretype").execute(client, { command = name, arguments = argument and { argument } or {} }, function(err, answer)
    if err then
      say("foretype: " .. (err.message or "the server gave no answer"), vim.log.levels.WARN)
      return
    end
    on_answer(answer)
  end, vim.api.nvim_get_current_buf())
end

--- An answer of the server in plain words, whatever its shape.
local function in_words(answer)
  if type(answer) == "string" then
    return answer
  end
  if type(answer) ~= "table" then
    return "nothing to tell"
  end
  if type(answer.message) == "string" then
    return answer.message
  end
  local lines = {}
  for name, value in vim.spairs(answer) do
    table.insert(lines, ("%s: %s"):format(name, type(value) == "table" and vim.inspect(value) or value))
  end
  return #lines > 0 and lines or "nothing to tell"
end

--- Show what an answer tells line by line in a window at the cursor; the next movement closes it.
local function float(answer)
  local lines = type(answer) == "table" and answer.lines
  if type(lines) == "table" and #lines > 0 then
    vim.lsp.util.open_floating_preview(lines, "", { border = "rounded", focus_id = "foretype", wrap = true })
  end
end

local SUBCOMMANDS = {
  status = function()
    say(require("foretype.status").lines())
  end,
  why = function()
    ask_server("foretype.why", function(answer)
      say(in_words(answer))
      float(answer)
    end)
  end,
  stats = function()
    ask_server("foretype.stats", function(answer)
      say(in_words(answer))
      float(answer)
    end, { days = 30 })
  end,
  audit = function()
    local client = require("foretype").clients(0)[1]
    local place = vim.lsp.util.make_position_params(0, client and client.offset_encoding or "utf-16")
    ask_server("foretype.audit", function(answer)
      float({ lines = vim.list_extend(answer.lines, { "", answer.body ~= vim.NIL and answer.body or nil }) })
    end, { uri = place.textDocument.uri, position = place.position })
  end,
  log = function()
    local path = vim.lsp.log and vim.lsp.log.get_filename and vim.lsp.log.get_filename()
      or vim.lsp.get_log_path()
    vim.cmd.tabnew(vim.fn.fnameescape(path))
    vim.cmd("normal! G")
  end,
  restart = function()
    require("foretype").restart()
  end,
  toggle = function(words)
    local scope = words[1] or "all"
    if not vim.tbl_contains({ "all", "language", "file" }, scope) then
      say("foretype: toggle takes all, language or file", vim.log.levels.WARN)
      return
    end
    require("foretype").toggle(scope)
  end,
  snooze = function(words)
    local minutes = tonumber(words[1] or "30")
    if not minutes or minutes < 0 or minutes > 1440 then
      say("foretype: snooze takes minutes, up to 1440; 0 ends it", vim.log.levels.WARN)
      return
    end
    ask_server("foretype.snooze", function(answer)
      say("foretype: " .. answer.message)
    end, { minutes = minutes })
  end,
  suggest = function()
    require("foretype").suggest()
  end,
  dismiss = function()
    require("foretype").dismiss()
  end,
  refactor = function(words, call)
    require("foretype.refactor").run({
      instruction = #words > 0 and table.concat(words, " ") or nil,
      line1 = call.range > 0 and call.line1 or nil,
      line2 = call.range > 0 and call.line2 or nil,
    })
  end,
  cancel = function()
    ask_server("foretype.cancel", function() end)
  end,
}

function M.run(call)
  local words = vim.deepcopy(call.fargs)
  local name = table.remove(words, 1) or "status"
  local subcommand = SUBCOMMANDS[name]
  if not subcommand then
    say(
      ("foretype: there is no `:Foretype %s`; there are %s"):format(
        name,
        table.concat(vim.tbl_keys(SUBCOMMANDS), ", ")
      ),
      vim.log.levels.WARN
    )
    return
  end
  subcommand(words, call)
end

function M.complete(lead, line)
  local words = vim.split(line:gsub("^.-Foretype!?%s+", ""), "%s+")
  local choices = #words <= 1 and vim.tbl_keys(SUBCOMMANDS)
    or words[1] == "toggle" and { "all", "language", "file" }
    or words[1] == "snooze" and { "0", "5", "15", "30", "60" }
    or {}
  table.sort(choices)
  return vim.tbl_filter(function(choice)
    return vim.startswith(choice, lead)
  end, choices)
end

return M
