;;; foretype.el --- Ghost text and refactorings from a language model -*- lexical-binding: t; -*-

;; Package-Requires: ((emacs "28.1"))
;; Version: 0.1.0
;; SPDX-License-Identifier: MIT

;;; Commentary:

;; Load this file, then use lsp-mode 10 (ghost text) or eglot (completion menu).
;; In lsp-mode foretype runs beside the language's own server, as an add-on.
;; Eglot speaks to one server per buffer, so `foretype-eglot' is for buffers that have none.

;;; Code:

(defgroup foretype nil
  "Ghost text and refactorings from a language model."
  :group 'tools)

(defcustom foretype-command '("foretype" "--stdio")
  "The command that starts the server."
  :type '(repeat string))

(defcustom foretype-modes '(prog-mode)
  "The modes, with all that derive from them, in which foretype runs."
  :type '(repeat symbol))

(defcustom foretype-settings nil
  "What is sent as initializationOptions, as a property list in camelCase.
For example: (:model \"my-model\" :completion (:multiline \"single\"))."
  :type 'plist)

(defcustom foretype-idle-delay 0.2
  "Seconds of quiet before lsp-mode asks for ghost text.
It has to be longer than `lsp-idle-delay', or lsp-mode forgets to ask."
  :type 'number)

;; Beside this file, wherever that is.
(let ((load-path (cons (file-name-directory (or load-file-name buffer-file-name ""))
                       load-path)))
  (require 'foretype-next-edit nil t))
(declare-function foretype-next-edit-mode "foretype-next-edit")

;; What lsp-mode and eglot define, for the byte compiler.
(defvar lsp-language-id-configuration)
(defvar lsp-idle-delay)
(defvar lsp--cur-version)
(defvar lsp-inline-completion-enable)
(defvar lsp-inline-completion-idle-delay)
(defvar lsp-inline-completion-active-map)
(defvar lsp-inline-completion-inhibit-predicates)
(defvar eglot-server-programs)
(declare-function make-lsp-client "ext:lsp-mode")
(declare-function lsp-register-client "ext:lsp-mode")
(declare-function lsp-stdio-connection "ext:lsp-mode")
(declare-function lsp-request "ext:lsp-mode")
(declare-function lsp--workspace-buffers "ext:lsp-mode")
(declare-function lsp--buffer-uri "ext:lsp-mode")
(declare-function lsp-workspace-get-metadata "ext:lsp-mode")
(declare-function lsp-workspace-set-metadata "ext:lsp-mode")
(declare-function lsp-deferred "ext:lsp-mode")
(declare-function lsp-get "ext:lsp-protocol")
(declare-function lsp-inline-completion-accept "ext:lsp-inline-completion")
(declare-function lsp-inline-completion-mode "ext:lsp-inline-completion")
(declare-function lsp-inline-completion-display "ext:lsp-inline-completion")
(declare-function lsp-inline-completion-company-integration-mode "ext:lsp-inline-completion")
(declare-function lsp-feature? "ext:lsp-mode")
(declare-function eglot-ensure "eglot")
(declare-function eglot-current-server "eglot")
(declare-function jsonrpc-request "jsonrpc")

(defun foretype--wanted-p (&rest _)
  "Whether foretype belongs in the current buffer."
  (and buffer-file-name (apply #'derived-mode-p foretype-modes)))

;;; lsp-mode: ghost text

(defun foretype--lsp-settings ()
  "The initializationOptions for lsp-mode."
  (append '(:client "lsp-mode" :notifyLate t) foretype-settings))

(defvar foretype-status "starting"
  "What the server last said of itself, for a mode line.")

(defun foretype--on-status (workspace params)
  "Keep the state in PARAMS. The server shows messages itself.
The first one says that WORKSPACE is up, which lsp-mode itself tells a buffer
only if no other server was there before."
  (setq foretype-status (lsp-get params :state))
  (unless (lsp-workspace-get-metadata "foretype-up" workspace)
    (lsp-workspace-set-metadata "foretype-up" t workspace)
    (dolist (buffer (lsp--workspace-buffers workspace))
      (when (buffer-live-p buffer)
        (with-current-buffer buffer
          (foretype--ghost-text)
          ;; Whoever typed before the server was there need not type on.
          (when (buffer-modified-p)
            (foretype--ask-soon buffer (point))))))))

(defun foretype--on-ready (_workspace params)
  "Show a suggestion that came after its deadline, where PARAMS say that it fits."
  (let ((buffer (window-buffer (selected-window))))
    (with-current-buffer buffer
      (when (and (bound-and-true-p lsp-mode)
                 (equal (lsp-get params :uri) (lsp--buffer-uri))
                 (equal (lsp-get params :version) lsp--cur-version))
        (foretype--ask-soon buffer (point))))))

(defun foretype--ask-soon (buffer place)
  "Ask for ghost text in BUFFER once Emacs is idle, if the cursor is at PLACE still.
Not at once: a request waits for its answer, which must not be done
while another message of the server is being read."
  (run-with-idle-timer 0.01 nil #'foretype--ask-again buffer place))

(defun foretype--ask-again (buffer place)
  "Ask for ghost text in BUFFER, where none is shown and the cursor is at PLACE."
  (when (and (eq buffer (window-buffer (selected-window)))
             (not (active-minibuffer-window)))
    (with-current-buffer buffer
      (when (and (= (point) place)
                 (bound-and-true-p lsp-inline-completion-mode)
                 (not (overlayp (bound-and-true-p lsp-inline-completion--overlay)))
                 (not (run-hook-with-args-until-success 'lsp-inline-completion-inhibit-predicates)))
        (lsp-inline-completion-display 'implicit)))))

(defun foretype--handlers ()
  "What is done with the server's own notifications."
  (let ((handlers (make-hash-table :test #'equal)))
    (puthash "foretype/status" #'foretype--on-status handlers)
    (puthash "foretype/suggestionReady" #'foretype--on-ready handlers)
    handlers))

(defun foretype--ghost-text ()
  "Switch ghost text on in this buffer, where the server offers it."
  (when (and (foretype--wanted-p)
             (require 'lsp-inline-completion nil t)
             (not (bound-and-true-p lsp-inline-completion-mode))
             (lsp-feature? "textDocument/inlineCompletion"))
    (lsp-inline-completion-mode 1)
    (when (bound-and-true-p company-mode)
      ;; Its popup and ghost text take turns, or each would cover the other.
      (lsp-inline-completion-company-integration-mode 1))))

(defun foretype--out-of-place-p ()
  "Whether ghost text would be of no use, or do something else each time.
A keyboard macro is to do the same again, whatever the model says then."
  (or defining-kbd-macro executing-kbd-macro buffer-read-only))

(defun foretype--next-edits ()
  "Show next edits in this buffer."
  (when (and (foretype--wanted-p) (fboundp 'foretype-next-edit-mode))
    (foretype-next-edit-mode 1)))

(defun foretype--lsp-setup ()
  "Register the server with lsp-mode."
  (setq lsp-idle-delay (min lsp-idle-delay 0.1))
  (when (require 'lsp-inline-completion nil t)
    (setq lsp-inline-completion-idle-delay foretype-idle-delay)
    (add-to-list 'lsp-inline-completion-inhibit-predicates #'foretype--out-of-place-p)
    (define-key lsp-inline-completion-active-map (kbd "TAB") #'lsp-inline-completion-accept))
  (lsp-register-client
   (make-lsp-client
    :new-connection (lsp-stdio-connection (lambda () foretype-command))
    :activation-fn #'foretype--wanted-p
    :initialization-options #'foretype--lsp-settings
    :notification-handlers (foretype--handlers)
    :add-on? t
    :priority -2
    :server-id 'foretype))
  (add-hook 'lsp-after-open-hook #'foretype--ghost-text)
  (add-hook 'lsp-after-open-hook #'foretype--next-edits))

(with-eval-after-load 'lsp-mode
  (foretype--lsp-setup))

;;; eglot: completion menu

(defun foretype--eglot-contact (&rest _)
  "How eglot starts the server."
  (append foretype-command (list :initializationOptions
                                 (append '(:client "emacs-eglot") foretype-settings))))

;;;###autoload
(defun foretype-eglot ()
  "Let eglot run foretype in this buffer, in place of the language's own server."
  (interactive)
  (require 'eglot)
  (setq-local eglot-server-programs
              (cons (cons major-mode #'foretype--eglot-contact) eglot-server-programs))
  (eglot-ensure))

;;;###autoload
(defun foretype-setup ()
  "Run foretype wherever `foretype-modes' says, where lsp-mode is installed."
  (when (locate-library "lsp-mode")
    (autoload 'lsp-deferred "lsp-mode" nil t)
    (dolist (mode foretype-modes)
      (add-hook (intern (format "%s-hook" mode)) #'lsp-deferred))))

;;; Commands

(defun foretype--ask (command &rest arguments)
  "Run COMMAND of the server with ARGUMENTS and return its answer."
  (let ((parameters (list :command command :arguments (vconcat arguments))))
    (cond
     ((bound-and-true-p lsp-mode)
      (lsp-request "workspace/executeCommand" parameters))
     ((and (featurep 'eglot) (eglot-current-server))
      (jsonrpc-request (eglot-current-server) :workspace/executeCommand parameters))
     (t (user-error "There is no foretype in this buffer")))))

(defun foretype--field (answer name)
  "The text that ANSWER, a hash table or a property list, has under NAME, or nil."
  (let ((value (if (hash-table-p answer)
                   (gethash name answer)
                 (plist-get answer (intern (concat ":" name))))))
    (and (stringp value) (not (string-empty-p value)) value)))

(defun foretype--tell (answer)
  "Show what ANSWER of the server says, with what the user can do about it."
  (let ((message (or (foretype--field answer "message") "done"))
        (advice (foretype--field answer "advice")))
    (message "foretype: %s%s" message (if advice (concat ". " advice) ""))))

(defun foretype-why ()
  "Say why nothing was suggested the last time."
  (interactive)
  (foretype--tell (foretype--ask "foretype.why")))

(defun foretype-toggle ()
  "Switch suggestions on or off."
  (interactive)
  (foretype--tell (foretype--ask "foretype.toggle")))

(defun foretype-snooze (minutes)
  "Suggest nothing by itself for MINUTES; 0 ends that."
  (interactive "nMinutes without suggestions (0 ends it): ")
  (foretype--tell (foretype--ask "foretype.snooze" (list :minutes minutes))))

(defun foretype-suggest ()
  "Ask for ghost text now."
  (interactive "*")
  (lsp-inline-completion-display))

(provide 'foretype)
;;; foretype.el ends here
