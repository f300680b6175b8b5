// Confirms what was done and offers to undo it: one toast at a time, 6 s, held while pointed at or focused.
// <toast-host id="toasts" data-undo="Undo" data-close="Close"><div role="status" class="visually-hidden"></div></toast-host> once a page.
// Listens on body for show-toast {text, undo?: address of a POST}, also as an answer's HX-Trigger header, and for
// leave-toast {text, undo?}, which is shown by the page that follows. undo-toast takes the way back.
class ToastHost extends HTMLElement {
  #timer;

  connectedCallback() {
    document.body.addEventListener("show-toast", this.#show);
    document.body.addEventListener("leave-toast", this.#leave);
    document.body.addEventListener("undo-toast", this.#asked);
    const left = this.#left();
    if (left) this.#show({ detail: left });
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    document.body.removeEventListener("show-toast", this.#show);
    document.body.removeEventListener("leave-toast", this.#leave);
    document.body.removeEventListener("undo-toast", this.#asked);
  }

  #asked = (event) => {
    const undo = this.querySelector(".toast__undo");
    if (undo) event.preventDefault();
    undo?.click();
  };

  #left() {
    try {
      const left = JSON.parse(sessionStorage.getItem("toast"));
      sessionStorage.removeItem("toast");
      return left;
    } catch { return null; }
  }

  #leave = ({ detail: { text, undo } }) => {
    try { sessionStorage.setItem("toast", JSON.stringify({ text, undo })); } catch { /* refused: it is not confirmed, but done */ }
  };

  #show = ({ detail: { text, undo } }) => {
    this.#close();
    const toast = Object.assign(document.createElement("div"), { className: "toast" });
    toast.append(Object.assign(document.createElement("span"), { textContent: text }));
    if (undo) toast.append(this.#button(this.dataset.undo, () => this.#undo({ text, undo })));
    for (const kind of ["pointerenter", "focusin"]) toast.addEventListener(kind, () => clearTimeout(this.#timer));
    for (const kind of ["pointerleave", "focusout"]) toast.addEventListener(kind, () => this.#wait());
    toast.addEventListener("keydown", ({ key }) => { if (key === "Escape") this.#close(); });
    this.append(toast);
    this.firstElementChild.textContent = undo ? `${text} ${this.dataset.undo}: Alt Z` : text;
    this.#wait();
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

  #wait() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#close(), 6000);
  }

  #close() {
    clearTimeout(this.#timer);
    this.querySelector(".toast")?.remove();
  }
}
customElements.define("toast-host", ToastHost);
