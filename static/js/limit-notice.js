// A notice about a limit. Put away, it stays away until five per cent more are used, or the next span begins.
// <limit-notice data-key="limit:ID:BEGINS" data-step="16" data-left="60" hidden>…<button type="button" data-close></button></limit-notice>
// data-step counts five per cents. What was put away is kept in this browser. Every data-left seconds it says limits-old (on body).
class LimitNotice extends HTMLElement {
  #timer;

  connectedCallback() {
    this.hidden = this.#away >= Number(this.dataset.step);
    this.addEventListener("click", ({ target }) => { if (target.closest("[data-close]")) this.#close(); });
    this.#timer = setInterval(() => document.body.dispatchEvent(new CustomEvent("limits-old")), Number(this.dataset.left || 60) * 1000);
  }

  disconnectedCallback() { clearInterval(this.#timer); }

  get #away() {
    try { return Number(localStorage.getItem(this.dataset.key) ?? -1); } catch { return -1; }
  }

  #close() {
    try {
      for (const key of Object.keys(localStorage)) if (key.startsWith("limit:")) localStorage.removeItem(key);
      localStorage.setItem(this.dataset.key, this.dataset.step);
    } catch { /* refused: it is away on this page */ }
    this.hidden = true;
    document.getElementById("message-box")?.focus({ preventScroll: true });
  }
}
customElements.define("limit-notice", LimitNotice);
