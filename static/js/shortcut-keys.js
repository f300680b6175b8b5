// The keys of the page beside those of the composer: Alt+N makes a session, / searches, Escape stops the answer, ? shows the list of keys.
// <shortcut-keys id="shortcuts" popover>…</shortcut-keys>
class ShortcutKeys extends HTMLElement {
  connectedCallback() { document.addEventListener("keydown", this.#pressed); }

  disconnectedCallback() { document.removeEventListener("keydown", this.#pressed); }

  #pressed = (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    if (event.altKey && !event.ctrlKey && !event.metaKey && event.code === "KeyN") {
      event.preventDefault();
      document.querySelector("[data-new-session]")?.click();
    } else if ("?/".includes(event.key) && !event.ctrlKey && !event.metaKey && !event.target.closest("input, textarea, select, [contenteditable]")) {
      event.preventDefault();
      if (event.key === "?") this.togglePopover();
      else this.#search();
    } else if (event.key === "Escape") this.#stop();
  };

  // On the page of the search itself the key goes to its field.
  #search() {
    const field = document.querySelector("#search-form #q");
    if (field) field.select();
    else document.querySelector("[data-search]")?.click();
  }

  // What is open closes first; only the next Escape stops.
  #stop() {
    if (document.querySelector(":popover-open, dialog[open]") || document.documentElement.dataset.drawer) return;
    document.querySelector("#composer-actions .stop")?.click();
  }
}
customElements.define("shortcut-keys", ShortcutKeys);
