;;; foretype-next-edit.el --- Where to go on, marked and applied by a key -*- lexical-binding: t; -*-

;; Package-Requires: ((emacs "28.1"))
;; SPDX-License-Identifier: MIT

;;; Commentary:

;; Next edits with lsp-mode.  Drawn with overlays at the ends of lines, so that no line moves, and
;; always for the text as it is: the first change takes it down.

;;; Code:

(require 'subr-x)

(declare-function lsp-request-async "ext:lsp-mode")
(declare-function lsp--text-document-position-params "ext:lsp-mode")
(declare-function lsp--buffer-uri "ext:lsp-mode")
(declare-function lsp--position-to-point "ext:lsp-mode")
(declare-function lsp-get "ext:lsp-protocol")
(declare-function lsp-find-workspace "ext:lsp-mode")
(declare-function lsp--set-configuration "ext:lsp-mode")
(declare-function lsp-before-change "ext:lsp-mode")
(declare-function lsp-on-change "ext:lsp-mode")
(declare-function lsp--full-change-event "ext:lsp-mode")
(defvar lsp--cur-version)

(defcustom foretype-next-edit-delay 0.1
  "Seconds of quiet before the next edit is asked for."
  :type 'number
  :group 'foretype)

(defface foretype-next-edit '((t :inherit shadow :slant italic))
  "The mark that there is a next edit."
  :group 'foretype)

(defface foretype-next-edit-old '((t :inherit diff-removed :strike-through t))
  "What the next edit replaces."
  :group 'foretype)

(defface foretype-next-edit-new '((t :inherit diff-added))
  "What the next edit writes."
  :group 'foretype)

(defvar-local foretype-next-edit--shown nil
  "The next edit: a plist with :edit, :start, :end, :text, :tick and :open.")
(defvar-local foretype-next-edit--overlays nil
  "What is drawn of it.")
(defvar-local foretype-next-edit--applied nil
  "The label of what was applied last, and the buffer's state after it.")
(defvar-local foretype-next-edit--change-group nil
  "The steps of undo of what was applied last.")
(defvar foretype-next-edit--timer nil)

(defvar foretype-next-edit-map
  (let ((map (make-sparse-keymap)))
    (define-key map (kbd "M-n") #'foretype-next-edit-accept)
    (define-key map (kbd "C-g") #'foretype-next-edit-dismiss)
    map)
  "Keys while there is a next edit.")

(defvar-local foretype-next-edit--active nil
  "Whether the keys for it are in force.")
(add-to-list 'minor-mode-map-alist (cons 'foretype-next-edit--active foretype-next-edit-map))

(defun foretype-next-edit--take-down ()
  "Take down what is drawn."
  (mapc #'delete-overlay foretype-next-edit--overlays)
  (setq foretype-next-edit--overlays nil))

(defun foretype-next-edit--forget (&rest _)
  "Forget the next edit."
  (foretype-next-edit--take-down)
  (setq foretype-next-edit--shown nil
        foretype-next-edit--active nil))

(defun foretype-next-edit--current ()
  "The next edit, as long as it holds."
  (let ((shown foretype-next-edit--shown))
    (if (and shown (= (plist-get shown :tick) (buffer-chars-modified-tick)))
        shown
      (foretype-next-edit--forget)
      nil)))

(defun foretype-next-edit--preview (text)
  "The first of the lines of TEXT, as it stands behind the end of a line."
  (let* ((lines (split-string (string-trim-right text "\r?\n") "\r?\n"))
         (line (truncate-string-to-width (string-trim (car lines)) 120)))
    (cond ((cdr lines) (concat line " ..."))
          ((string-empty-p line) "(removed)")
          (t line))))

(defun foretype-next-edit--behind (place text face)
  "Draw TEXT in FACE behind the end of the line of PLACE."
  (save-excursion
    (goto-char place)
    (let ((overlay (make-overlay (line-end-position) (line-end-position))))
      (overlay-put overlay 'after-string (concat "  " (propertize text 'face face)))
      (push overlay foretype-next-edit--overlays))))

(defun foretype-next-edit--draw ()
  "Draw the next edit, or the mark that there is one."
  (foretype-next-edit--take-down)
  (when-let* ((shown (foretype-next-edit--current))
              (start (plist-get shown :start)))
    (let ((more (if (> (plist-get shown :more) 0) (format " (+%d)" (plist-get shown :more)) "")))
      (cond
       ((not (pos-visible-in-window-p start))
        (foretype-next-edit--behind
         (point) (format "next edit: line %d%s" (line-number-at-pos start) more)
         'foretype-next-edit))
       ((plist-get shown :open)
        (let ((overlay (make-overlay start (plist-get shown :end))))
          (overlay-put overlay 'face 'foretype-next-edit-old)
          (push overlay foretype-next-edit--overlays))
        (foretype-next-edit--behind
         start (concat "-> " (foretype-next-edit--preview (plist-get shown :lines)))
         'foretype-next-edit-new))
       (t (foretype-next-edit--behind start (concat "< next edit" more) 'foretype-next-edit))))))

(defun foretype-next-edit--take (tick open answer)
  "Take the server's ANSWER for the state TICK; show it in full if OPEN."
  (let* ((edits (lsp-get answer :edits))
         (edit (and (> (length edits) 0) (elt edits 0))))
    (when (and edit
               (= tick (buffer-chars-modified-tick))
               (equal (lsp-get (lsp-get edit :textDocument) :uri) (lsp--buffer-uri)))
      (let* ((inline (lsp-get edit :inline))
             (range (lsp-get inline :range)))
        (setq foretype-next-edit--shown
              (list :id (lsp-get edit :id)
                    :label (lsp-get edit :label)
                    :lines (lsp-get edit :text)
                    :text (lsp-get inline :insertText)
                    :start (lsp--position-to-point (lsp-get range :start))
                    :end (lsp--position-to-point (lsp-get range :end))
                    :more (or (lsp-get edit :more) 0)
                    :tick tick
                    :open (or open (equal (lsp-get answer :mode) "on")))
              foretype-next-edit--active t)
        (foretype-next-edit--draw)))))

;; Emacs empties a buffer's change hook for good where one of its functions fails, whoever's that is:
;; lsp-mode then tells the server of no change any more.

(defun foretype-next-edit--report ()
  "Tell the server the whole text."
  (lsp-on-change (point-min) (point-max) 0 (lambda (&rest _) (lsp--full-change-event))))

(defun foretype-next-edit--mend-hooks ()
  "Have changes reported again where they are not, and report what was not."
  (unless (or (not (bound-and-true-p lsp-managed-mode))
              (and (memq #'lsp-before-change before-change-functions)
                   (memq #'lsp-on-change after-change-functions)
                   (memq #'foretype-next-edit--ask-soon after-change-functions)))
    (add-hook 'before-change-functions #'lsp-before-change nil t)
    (add-hook 'after-change-functions #'lsp-on-change nil t)
    (add-hook 'after-change-functions #'foretype-next-edit--ask-soon nil t)
    (foretype-next-edit--report)
    (foretype-next-edit--ask-soon)))

(defun foretype-next-edit--replace (start end text)
  "Replace what is between START and END by TEXT, as one change.
The server is told of it, even if somebody's function in a change hook fails."
  (let ((version lsp--cur-version)
        (tick (buffer-chars-modified-tick)))
    (condition-case fault
        ;; One change for the server, too: a text that is only deleted was rejected.
        (combine-change-calls start end
          (delete-region start end)
          (insert text))
      ((error quit) (message "foretype: %s" (error-message-string fault))))
    (unless (or (/= version lsp--cur-version)
                (= tick (buffer-chars-modified-tick)))
      (foretype-next-edit--report))))

(defun foretype-next-edit--ask (buffer open)
  "Ask for the next edit in BUFFER; show it in full if OPEN."
  (when (and (buffer-live-p buffer) (eq buffer (window-buffer (selected-window))))
    (with-current-buffer buffer
      (when (and (bound-and-true-p lsp-mode) (lsp-find-workspace 'foretype))
        (let ((tick (buffer-chars-modified-tick))
              (params (lsp--text-document-position-params)))
          (setq params
                (plist-put params :textDocument
                           (list :uri (lsp--buffer-uri) :version lsp--cur-version)))
          (lsp-request-async
           "foretype/nextEdit" params
           (lambda (answer) (foretype-next-edit--take tick open answer))
           :mode 'tick
           :error-handler #'ignore
           :cancel-token 'foretype-next-edit))))))

(defun foretype-next-edit--ask-soon (&rest _)
  "Ask once nothing more is typed."
  (foretype-next-edit--forget)
  (when foretype-next-edit--timer
    (cancel-timer foretype-next-edit--timer))
  (setq foretype-next-edit--timer
        (run-with-idle-timer
         foretype-next-edit-delay nil #'foretype-next-edit--ask (current-buffer)
         (equal (cdr foretype-next-edit--applied) (buffer-chars-modified-tick)))))

(defun foretype-next-edit--apply (shown)
  "Apply the next edit SHOWN."
  (let ((goes-on (equal foretype-next-edit--applied
                        (cons (plist-get shown :label) (buffer-chars-modified-tick)))))
    (foretype-next-edit--forget)
    (unless goes-on
      (setq foretype-next-edit--change-group (prepare-change-group)))
    (push-mark nil t)
    (goto-char (plist-get shown :start))
    (foretype-next-edit--replace
     (plist-get shown :start) (plist-get shown :end) (plist-get shown :text))
    ;; One step of undo for all places of the same change.
    (undo-amalgamate-change-group foretype-next-edit--change-group)
    (setq foretype-next-edit--applied
          (cons (plist-get shown :label) (buffer-chars-modified-tick)))
    (foretype-next-edit--ask-soon)))

(defun foretype-next-edit-accept ()
  "Show the next edit in full at its place; where it is shown already, apply it."
  (interactive)
  (when-let* ((shown (foretype-next-edit--current)))
    (if (and (plist-get shown :open) (pos-visible-in-window-p (plist-get shown :start)))
        (foretype-next-edit--apply shown)
      (push-mark nil t)
      (plist-put shown :open t)
      (goto-char (plist-get shown :start))
      (redisplay)
      (foretype-next-edit--draw))))

(defun foretype-next-edit-dismiss ()
  "Dismiss the next edit: it is not proposed there again."
  (interactive)
  (when-let* ((shown (foretype-next-edit--current)))
    (foretype-next-edit--forget)
    (lsp-request-async "workspace/executeCommand"
                       (list :command "foretype.nextEdit.rejected"
                             :arguments (vector (plist-get shown :id)))
                       #'ignore :mode 'detached)))

(defun foretype-next-edit--moved ()
  "Draw anew after a command, since the place may be on the screen now."
  (foretype-next-edit--mend-hooks)
  (when foretype-next-edit--shown
    (foretype-next-edit--draw)))

(define-minor-mode foretype-next-edit-mode
  "Show where to go on."
  :lighter nil
  (if foretype-next-edit-mode
      (progn
        (add-hook 'after-change-functions #'foretype-next-edit--ask-soon nil t)
        (add-hook 'post-command-hook #'foretype-next-edit--moved nil t))
    (foretype-next-edit--forget)
    (remove-hook 'after-change-functions #'foretype-next-edit--ask-soon t)
    (remove-hook 'post-command-hook #'foretype-next-edit--moved t)))

(provide 'foretype-next-edit)
;;; foretype-next-edit.el ends here
