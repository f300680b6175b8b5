// What a limit refused: counts the seconds of its sentence down, and goes when they are over, when what is told beside the
// message box says that something is left, or when it is put away.
// <limit-refusal data-kind="rate_limited" data-left="40" data-told><p>… <span aria-live="off">You can send again in 40 s.</span></p><button type="button" data-close></button></limit-refusal>
// data-left: seconds, empty where time alone changes nothing. With data-told #limits says the same. Says limits-old (on body), each minute and at the end.
class LimitRefusal extends HTMLElement {
  #ends = Infinity; #ticks = 0; #timer;
  #told = new MutationObserver((changes) => { if (changes.some((each) => this.#ofLimits(each)) && !document.querySelector("#limits limit-notice[data-full]")) this.remove(); });

  connectedCallback() {
    if (this.dataset.left) this.#ends = Date.now() + Number(this.dataset.left) * 1000;
    this.#timer = setInterval(() => this.#tick(), 1000);
    this.addEventListener("click", ({ target }) => { if (target.closest("[data-close]")) this.#close(); });
    const region = document.getElementById("limits")?.parentElement;
    if (region && "told" in this.dataset) {
      this.#old(); // it may be older than what was refused
      this.#told.observe(region, { childList: true, subtree: true });
    }
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
    this.#told.disconnect();
  }

  // Its content, or all of it: a limit set on this page puts another in its place.
  #ofLimits({ target, addedNodes }) { return target.id === "limits" || [...addedNodes].some(({ id }) => id === "limits"); }

  #old() { document.body.dispatchEvent(new CustomEvent("limits-old")); }

  #tick() {
    const left = Math.ceil((this.#ends - Date.now()) / 1000);
    if (left <= 0) this.remove();
    if (left <= 0 || ++this.#ticks % 60 === 0) this.#old();
    const words = this.querySelector("[aria-live]");
    if (left < 60) words.textContent = words.textContent.replace(/\d+(?=\u00a0s\.)/, left);
  }

  #close() {
    this.remove();
    document.getElementById("message-box")?.focus({ preventScroll: true });
  }
}
customElements.define("limit-refusal", LimitRefusal);
