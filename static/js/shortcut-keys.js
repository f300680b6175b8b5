// Listens for the keys of its own list: what people read there is what works.
// <shortcut-keys id="shortcuts" popover>… <div data-keys="Alt+KeyN" data-click="selector">words <kbd>Alt N</kbd></div> …</shortcut-keys>
// data-keys: names with spaces between, of a code after Alt ("Alt+Shift+KeyT"), else of a character ("Mod+K", "?").
// What a key does: data-click, data-follow (selectors; data-focus is a field that comes first), data-popover (an id), or
// data-tell (an event on body with {detail, code}; whoever takes it calls preventDefault). data-outside: not in fields.
// data-rest: only when nothing is open.
// <html data-shortcuts="off"> switches off all but data-always; the event shortcuts-switched {on} changes it.
class ShortcutKeys extends HTMLElement {
  #rows = new Map();
  #mac = /Mac|iP(hone|ad)/.test(navigator.platform);

  connectedCallback() {
    for (const row of this.querySelectorAll("[data-keys]")) for (const name of row.dataset.keys.split(" ")) this.#rows.set(name, row);
    document.addEventListener("keydown", this.#pressed);
    document.body.addEventListener("shortcuts-switched", this.#switched);
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.#pressed);
    document.body.removeEventListener("shortcuts-switched", this.#switched);
  }

  #switched = ({ detail }) => {
    if (detail.on) delete document.documentElement.dataset.shortcuts;
    else document.documentElement.dataset.shortcuts = "off";
    for (const box of document.querySelectorAll('input[role="switch"][name="shortcuts"]')) box.checked = detail.on;
  };

  #pressed = (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    const row = this.#rows.get(this.#name(event));
    if (row && this.#applies(row.dataset, event.target) && this.#act(row.dataset, event)) event.preventDefault();
  };

  // With Alt many layouts type something else: there the place of the key counts.
  #name({ altKey, shiftKey, ctrlKey, metaKey, code, key }) {
    if (altKey) return ctrlKey || metaKey ? "" : `Alt+${shiftKey ? "Shift+" : ""}${code}`;
    if (this.#mac ? ctrlKey : metaKey) return "";
    if (ctrlKey || metaKey) return `Mod+${shiftKey ? "Shift+" : ""}${key.toUpperCase()}`;
    return key;
  }

  #applies(row, target) {
    if (document.documentElement.dataset.shortcuts === "off" && row.always === undefined) return false;
    if (row.outside !== undefined && target.closest?.("input, textarea, select, [contenteditable]")) return false;
    if (row.rest !== undefined && (document.querySelector(":popover-open, dialog[open]") || document.documentElement.dataset.drawer)) return false;
    return row.tell === "toggle-palette" || !document.querySelector("dialog[open]");
  }

  #act(row, { code }) {
    if (row.tell) return !document.body.dispatchEvent(new CustomEvent(row.tell, { cancelable: true, detail: { detail: row.detail, code } }));
    if (row.popover) return this.#open(document.getElementById(row.popover));
    const field = row.focus && document.querySelector(row.focus);
    const wanted = field || document.querySelector(row.click ?? row.follow);
    if (field) field.select();
    else if (row.follow && wanted) location.assign(wanted.href);
    else wanted?.click();
    return Boolean(wanted);
  }

  #open(popover) {
    popover?.togglePopover();
    return Boolean(popover);
  }
}
customElements.define("shortcut-keys", ShortcutKeys);
