// The keys of the page beside those of the composer: Alt+N makes a session, Escape stops the answer, ? shows the list of keys.
// <shortcut-keys id="shortcuts" popover>…</shortcut-keys>
class ShortcutKeys extends HTMLElement {
  connectedCallback() { document.addEventListener("keydown", this.#pressed); }

  disconnectedCallback() { document.removeEventListener("keydown", this.#pressed); }

  #pressed = (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    if (event.altKey && !event.ctrlKey && !event.metaKey && event.code === "KeyN") {
      event.preventDefault();
      document.querySelector("[data-new-session]")?.click();
    } else if (event.key === "?" && !event.target.closest("input, textarea, select, [contenteditable]")) {
      event.preventDefault();
      this.togglePopover();
    } else if (event.key === "Escape") this.#stop();
  };

  // What is open closes first; only the next Escape stops.
  #stop() {
    if (document.querySelector(":popover-open, dialog[open]") || document.documentElement.dataset.drawer) return;
    document.querySelector("#composer-actions .stop")?.click();
  }
}
customElements.define("shortcut-keys", ShortcutKeys);
