// Adds the draft to what the server estimated, as it is typed: the bar, its figures, what the message will cost.
// <context-gauge data-window="200000" data-fixed="46690" data-cost="0.1234" data-without="" data-per-token="0.000003">
//   [data-total] [data-share] rect[data-part][data-tokens] [data-tokens-of] [data-warn] [data-cost-words]</context-gauge>
// Writes #composer-cost in the composer too. A token is estimated as four bytes, as the server does.
class ContextGauge extends HTMLElement {
  #bytes = new TextEncoder(); #waits = 0;

  connectedCallback() {
    this.#form?.addEventListener("input", this.#later);
    for (const kind of ["draft-restored", "message-taken"]) this.#form?.addEventListener(kind, this.#later);
    this.#show();
  }

  disconnectedCallback() {
    cancelAnimationFrame(this.#waits);
    for (const kind of ["input", "draft-restored", "message-taken"]) this.#form?.removeEventListener(kind, this.#later);
  }

  get #form() { return document.getElementById("composer"); }

  #later = () => { this.#waits ||= requestAnimationFrame(() => { this.#waits = 0; this.#show(); }); };

  #put(selector, text) {
    const place = this.querySelector(selector);
    if (place && place.textContent !== text) place.textContent = text;
  }

  #show() {
    const { window: room, fixed } = this.dataset;
    const draft = Math.ceil(this.#bytes.encode(this.#form?.elements.content.value ?? "").length / 4);
    const total = Number(fixed) + draft;
    const share = total / Number(room);
    this.querySelector("[data-part=draft]").dataset.tokens = draft;
    this.#put("[data-tokens-of=draft]", draft.toLocaleString("en"));
    this.#put("[data-total]", total.toLocaleString("en"));
    this.#put("[data-share]", `${this.#percent(share)}\u00a0%`);
    this.#draw(Number(room));
    this.classList.toggle("gauge--full", share > 0.8);
    this.#put("[data-warn]", share > 0.8 ? this.querySelector("[data-warn]").dataset.sentence : "");
    this.#price(draft);
  }

  #percent(share) { return share > 0 && share < 0.01 ? "under 1" : Math.round(share * 100); }

  #draw(room) {
    let at = 0;
    for (const part of this.querySelectorAll("[data-part]")) {
      const tokens = Number(part.dataset.tokens);
      const width = Math.min(1000 - at, tokens ? Math.max(4, tokens / room * 1000) : 0);
      part.setAttribute("x", at);
      part.setAttribute("width", Math.max(0, width));
      if (width) at = Math.min(1000, at + width + 7);
    }
  }

  #price(draft) {
    const { cost, without, perToken, free } = this.dataset;
    const words = cost && this.#dollars(Number(cost) + draft * Number(perToken));
    if (cost) this.#put("[data-cost-words]", words);
    if (without) this.#put("[data-without-words]", this.#dollars(Number(without) + draft * Number(perToken)));
    const short = document.getElementById("composer-cost");
    if (!short) return;
    short.hidden = !cost || free !== undefined;
    short.textContent = words || "";
  }

  #dollars(sum) {
    const { about, under } = this.dataset;
    return sum > 0 && sum < 0.005 ? `${under}\u00a0$0.01` : `${about}\u00a0$${sum.toFixed(2)}`;
  }
}
customElements.define("context-gauge", ContextGauge);
