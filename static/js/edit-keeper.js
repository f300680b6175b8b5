// Keeps an edit that was not saved, for each message and this tab: a reload opens the editor with it again. A logout removes it.
// <edit-keeper hidden data-user="1"></edit-keeper> once a page; <message-editor id="edit-ID">…<textarea name="content">…<p data-unsaved hidden>…
// Listens for edit-opened (on the editor) and edit-ended {message} on body; says hold-place.
class EditKeeper extends HTMLElement {
  #opened = new Set(); #left = new AbortController();

  connectedCallback() {
    const { signal } = this.#left;
    document.addEventListener("input", ({ target }) => this.#typed(target.closest("message-editor")), { signal });
    document.body.addEventListener("edit-opened", ({ target }) => this.#fill(target), { signal });
    document.body.addEventListener("edit-ended", ({ detail: { message } }) => this.#write(message, null), { signal });
    document.body.addEventListener("frame-applied", () => this.#open(), { signal });
    document.addEventListener("submit", ({ target }) => this.#leaving(target), { signal });
    document.addEventListener("DOMContentLoaded", () => this.#open(), { signal }); // htmx knows the buttons then
  }

  disconnectedCallback() { this.#left.abort(); }

  get #prefix() { return `edit:${this.dataset.user}:`; }
  get #keys() { try { return Object.keys(sessionStorage).filter((key) => key.startsWith(this.#prefix)); } catch { return []; } }

  #message(editor) { return editor.id.replace("edit-", ""); }

  #typed(editor) {
    const box = editor?.querySelector("[name=content]");
    if (!box) return;
    const changed = box.value !== box.defaultValue;
    editor.querySelector("[data-unsaved]").hidden = !changed;
    this.#write(this.#message(editor), changed ? JSON.stringify([box.value, editor.querySelector("[name=revision]").value]) : null);
  }

  #read(message) {
    try { return sessionStorage.getItem(this.#prefix + message); } catch { return null; }
  }

  #write(message, text) {
    const key = this.#prefix + message;
    try { text === null ? sessionStorage.removeItem(key) : sessionStorage.setItem(key, text); } catch { /* refused, or full: it stands in the form */ }
  }

  // A message that comes into the log later has its turn then.
  #open() {
    for (const message of this.#keys.map((key) => key.slice(this.#prefix.length))) {
      const article = document.getElementById(`message-${message}`);
      if (!article || this.#opened.has(message)) continue;
      this.#opened.add(message);
      document.body.dispatchEvent(new CustomEvent("hold-place"));
      if (!article.querySelector("message-editor")) article.querySelector('[data-tool="edit"]')?.click();
    }
  }

  #fill(editor) {
    this.#opened.add(this.#message(editor));
    const kept = this.#read(this.#message(editor));
    const box = editor.querySelector("[name=content]");
    if (kept === null) return;
    [box.value, editor.querySelector("[name=revision]").value] = JSON.parse(kept); // what was saved elsewhere since is not silently replaced
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  #leaving(form) { if (form.matches("[data-logout]")) for (const key of this.#keys) sessionStorage.removeItem(key); }
}
customElements.define("edit-keeper", EditKeeper);
