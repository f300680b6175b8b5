// Confirms what was done and offers to undo it: one toast at a time, 6 s, held while pointed at or focused.
// <toast-host id="toasts" data-undo="Undo" data-close="Close"><div role="status" class="visually-hidden"></div></toast-host> once a page.
// Listens on body for show-toast {text, undo?: address of a POST, link? and label?: where it leads; said?: for the live region alone}, also as an answer's HX-Trigger header, and for
// leave-toast {text, undo?}, which is shown by the page that follows. undo-toast takes the way back: the last one that was
// offered in this tab, when its toast has gone too.
class ToastHost extends HTMLElement {
  #timer;

  connectedCallback() {
    document.body.addEventListener("show-toast", this.#show);
    document.body.addEventListener("leave-toast", this.#leave);
    document.body.addEventListener("undo-toast", this.#asked);
    document.addEventListener("submit", this.#leaving);
    const left = this.#taken("toast");
    if (left) this.#show({ detail: left });
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    document.body.removeEventListener("show-toast", this.#show);
    document.body.removeEventListener("leave-toast", this.#leave);
    document.body.removeEventListener("undo-toast", this.#asked);
    document.removeEventListener("submit", this.#leaving);
  }

  // Whoever logs in next in this tab is not told what was done, and does not undo it.
  #leaving = ({ target }) => { if (target.matches("[data-logout]")) for (const name of ["toast", "undo"]) this.#taken(name); };

  #asked = (event) => {
    const shown = this.querySelector(".toast__undo");
    const offer = !shown && this.#taken("undo");
    if (shown || offer) event.preventDefault();
    if (offer) this.#undo(offer);
    else shown?.click();
  };

  #taken(name) {
    try {
      const kept = JSON.parse(sessionStorage.getItem(name));
      sessionStorage.removeItem(name);
      return kept;
    } catch { return null; }
  }

  #keep(name, { text, undo }) {
    try { sessionStorage.setItem(name, JSON.stringify({ text, undo })); } catch { /* refused: it is not confirmed, but done */ }
  }

  #leave = ({ detail }) => this.#keep("toast", detail);

  #show = ({ detail: { text, undo, link, label, said } }) => {
    if (said) { this.firstElementChild.textContent = text; return; }
    this.#close();
    const toast = Object.assign(document.createElement("div"), { className: "toast" });
    toast.append(Object.assign(document.createElement("span"), { textContent: text }));
    if (undo) this.#keep("undo", { text, undo });
    if (undo) toast.append(this.#button(this.dataset.undo, () => this.#undo(this.#taken("undo") ?? { text, undo })));
    if (link) toast.append(Object.assign(document.createElement("a"), { href: link, className: "toast__undo toast__link", textContent: label }));
    for (const kind of ["pointerenter", "focusin"]) toast.addEventListener(kind, () => clearTimeout(this.#timer));
    for (const kind of ["pointerleave", "focusout"]) toast.addEventListener(kind, () => this.#wait());
    toast.addEventListener("keydown", ({ key }) => { if (key === "Escape") this.#close(); });
    this.append(toast);
    this.firstElementChild.textContent = undo ? `${text} ${this.dataset.undo}: Alt Z` : text;
    this.#wait(link ? 20000 : 6000);
  };

  #button(label, act) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "toast__undo", textContent: label });
    button.addEventListener("click", act);
    button.setAttribute("aria-keyshortcuts", "Alt+Z");
    return button;
  }

  // Where the server is away, the way back is offered once more.
  #undo(offer) {
    this.#close();
    htmx.ajax("POST", offer.undo, { source: document.body, swap: "none" }).catch(() => this.#show({ detail: offer }));
  }

  #wait(time = 6000) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#close(), time);
  }

  #close() {
    clearTimeout(this.#timer);
    this.querySelector(".toast")?.remove();
  }
}
customElements.define("toast-host", ToastHost);
