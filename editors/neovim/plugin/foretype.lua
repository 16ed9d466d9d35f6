if vim.g.loaded_foretype then
  return
end
vim.g.loaded_foretype = true

if vim.fn.has("nvim-0.10") == 0 then
  vim.notify_once("foretype needs Neovim 0.10 or newer; ghost text needs 0.12.", vim.log.levels.WARN)
  return
end

vim.api.nvim_create_user_command("Foretype", function(call)
  require("foretype.commands").run(call)
end, {
  nargs = "*",
  range = true,
  complete = function(...)
    return require("foretype.commands").complete(...)
  end,
  desc = "foretype: status, why, log, toggle, refactor and more",
})

-- After the user's own configuration, which may call setup() after this file is read.
local function start()
  require("foretype").start()
end
if vim.v.vim_did_enter == 1 then
  vim.schedule(start)
else
  vim.api.nvim_create_autocmd("VimEnter", { once = true, callback = start })
end
