-- The door: setup() and what keys and other plugins may call.

local config = require("foretype.config")

local M = {}

local started = false
local GHOST_TEXT = vim.fn.has("nvim-0.12") == 1

--- Whether this Neovim can show ghost text; older ones get a menu and refactorings.
function M.has_ghost_text()
  return GHOST_TEXT
end

--- Optional. Everything has a default; see |foretype-setup|.
---@param options foretype.Config|nil
function M.setup(options)
  local before = config.current
  local problems = config.set(options)
  if #problems > 0 then
    vim.notify("foretype: " .. table.concat(problems, "; "), vim.log.levels.WARN)
  end
  if not started then
    return
  end
  local now = config.current
  if not vim.deep_equal({ before.cmd, before.settings }, { now.cmd, now.settings }) then
    M.restart()
  end
  for _, client in ipairs(GHOST_TEXT and M.clients() or {}) do
    for bufnr in pairs(client.attached_buffers) do
      require("foretype.keys").map(bufnr)
    end
  end
end

--- The command that starts the server, as it is configured.
---@return string[]|nil
function M.cmd()
  if config.current.cmd then
    return config.current.cmd
  end
  local configured = vim.lsp.config and vim.lsp.config.foretype
  local cmd = configured and configured.cmd or { "foretype", "--stdio" }
  return type(cmd) == "table" and cmd or nil
end

--- Start the server for the files that are open and those to come. Called by the plugin itself.
function M.start()
  if started then
    return
  end
  local cmd = M.cmd()
  if cmd and vim.fn.executable(cmd[1]) == 0 then
    vim.notify_once(
      ("foretype: the server `%s` is not installed. :checkhealth foretype tells how to get it."):format(
        cmd[1]
      ),
      vim.log.levels.WARN
    )
    return
  end
  started = true
  vim.api.nvim_create_autocmd("LspAttach", {
    group = vim.api.nvim_create_augroup("foretype", { clear = true }),
    callback = function(args)
      local client = vim.lsp.get_client_by_id(args.data.client_id)
      if client and client.name == "foretype" then
        M.on_attach(client, args.buf)
      end
    end,
  })
  vim.api.nvim_create_autocmd({ "RecordingEnter", "RecordingLeave" }, {
    group = "foretype",
    callback = function()
      -- While a recording ends, it still counts as running.
      vim.schedule(require("foretype.switch").apply)
    end,
  })
  local settings = config.current.settings
  if not GHOST_TEXT then
    settings = require("foretype.older").settings(settings)
  end
  if not vim.lsp.config then
    require("foretype.older").start(cmd, settings)
    return
  end
  vim.lsp.config("foretype", { cmd = config.current.cmd, init_options = settings })
  vim.lsp.enable("foretype")
end

--- Stop the server, where it still runs, and start it again for every open file.
function M.restart()
  for _, client in ipairs(M.clients()) do
    if vim.fn.has("nvim-0.11") == 1 then
      client:stop(1000)
    else
      client.stop()
    end
  end
  -- A client that is about to stop would be taken for the one that is wanted.
  vim.wait(3000, function()
    return #M.clients() == 0
  end, 20)
  started = false
  M.start()
end

---@param client vim.lsp.Client
---@param bufnr integer
function M.on_attach(client, bufnr)
  if not GHOST_TEXT then
    require("foretype.older").on_attach(client, bufnr)
    return
  end
  require("foretype.ghost").on_attach(client, bufnr)
  require("foretype.next_edit").on_attach(bufnr)
  require("foretype.keys").map(bufnr)
end

--- The clients that are foretype, for one buffer or all.
---@param bufnr integer|nil
---@return vim.lsp.Client[]
function M.clients(bufnr)
  return vim.lsp.get_clients({ name = "foretype", bufnr = bufnr })
end

--- Run a command of the server.
---@param client vim.lsp.Client
---@param command {command: string, arguments: table[]}
---@param on_answer lsp.Handler
---@param bufnr integer
function M.execute(client, command, on_answer, bufnr)
  if vim.fn.has("nvim-0.11") == 1 then
    client:request("workspace/executeCommand", command, on_answer, bufnr)
  else
    -- These were plain functions before.
    client.request("workspace/executeCommand", command, on_answer, bufnr)
  end
end

--- Whether ghost text is on the screen.
---@return boolean
function M.visible()
  return GHOST_TEXT and require("foretype.ghost").visible(0)
end

--- Accept the suggestion. False where there is none, so that a key may do something else.
---@return boolean
function M.accept()
  return GHOST_TEXT and require("foretype.ghost").accept("all")
end

--- Accept the suggestion's next word.
---@return boolean
function M.accept_word()
  return GHOST_TEXT and require("foretype.ghost").accept("word")
end

--- Accept the suggestion's next line.
---@return boolean
function M.accept_line()
  return GHOST_TEXT and require("foretype.ghost").accept("line")
end

--- Show the next suggestion for the same place.
function M.next()
  if GHOST_TEXT then
    require("foretype.ghost").cycle(1)
  end
end

--- Show the one before.
function M.previous()
  if GHOST_TEXT then
    require("foretype.ghost").cycle(-1)
  end
end

--- Hide the suggestion. False where there is none.
---@return boolean
function M.dismiss()
  return GHOST_TEXT and require("foretype.ghost").dismiss(0)
end

--- Ask for a suggestion now, without waiting for a key.
function M.suggest()
  if GHOST_TEXT then
    require("foretype.ghost").ask(0, true)
  end
end

--- Show the next edit at its place, or apply it where it is shown. False where there is none.
---@return boolean
function M.next_edit()
  return GHOST_TEXT and require("foretype.next_edit").accept()
end

--- Dismiss the next edit. False where none is shown.
---@return boolean
function M.dismiss_next_edit()
  return GHOST_TEXT and require("foretype.next_edit").dismiss()
end

--- Switch suggestions on or off: everywhere, in this buffer's language, or in this file.
---@param scope "all"|"language"|"file"|nil
function M.toggle(scope)
  require("foretype.switch").toggle(scope or "all")
end

--- Offer refactorings, or carry out an instruction on the selection or the cursor's line.
---@param instruction string|nil
function M.refactor(instruction)
  require("foretype.refactor").run({ instruction = instruction })
end

--- A component for a statusline: foretype's state in this buffer, empty where it is not attached.
---@return string
function M.statusline()
  return require("foretype.status").statusline()
end

return M
