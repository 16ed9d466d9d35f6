-- :checkhealth foretype

local M = {}

local function version_of(cmd)
  local done, result = pcall(function()
    return vim.system({ cmd, "--version" }, { text = true, timeout = 5000 }):wait()
  end)
  return done and result.code == 0 and vim.trim(result.stdout or "") or nil
end

function M.check()
  local health = vim.health
  local foretype = require("foretype")

  health.start("foretype: Neovim")
  if foretype.has_ghost_text() then
    health.ok("Neovim " .. tostring(vim.version()) .. " shows ghost text")
  else
    health.warn("ghost text needs Neovim 0.12; this one gets the completion menu and refactorings")
  end

  health.start("foretype: server")
  local cmd = foretype.cmd()
  if not cmd then
    health.ok("the server is started by a function of your own")
  elseif vim.fn.executable(cmd[1]) == 0 then
    health.error(("`%s` is not installed or not on the PATH"):format(cmd[1]), {
      "in a clone of foretype: pipx install . && foretype setup neovim --write",
      'or tell where it is: require("foretype").setup({ cmd = { "/path/to/foretype", "--stdio" } })',
    })
  else
    local version = version_of(cmd[1])
    local path = vim.fn.exepath(cmd[1])
    health.ok(("%s (%s)"):format(version or table.concat(cmd, " "), path))
  end

  health.start("foretype: this session")
  local clients = foretype.clients()
  if #clients == 0 then
    health.info("the server is not running: no file is open that it is attached to")
    return
  end
  for _, client in ipairs(clients) do
    local status = require("foretype.status").of(client)
    local model = table.concat({ status.provider or "", status.model or "" }, " ")
    health.ok(("running for %s"):format(client.root_dir or "single files"))
    if vim.tbl_contains({ "error", "needs_key", "key_refused", "refused" }, status.state) then
      health.warn(status.message or status.state)
    elseif vim.trim(model) ~= "" then
      health.ok("model: " .. vim.trim(model))
    else
      health.info("no model is set up: the embedded engine answers. `foretype doctor` tells how to add one.")
    end
    if client.flags and client.flags.debounce_text_changes ~= 0 then
      health.warn("flags.debounce_text_changes is not 0: suggestions come up to 150 ms later than they could")
    end
    if foretype.has_ghost_text() and not client:supports_method("textDocument/inlineCompletion") then
      health.error("the server offers no inline completion; it may be too old")
    end
  end
end

return M
