// Says what the state of the socket means for the work in hand.
// <connection-banner data-waiting="…" data-closed="…" data-gone="…"><div id="banner" role="status" hidden>…</div></connection-banner>
// Listens for connection-changed {state, attempt, seconds}; asks with reconnect-now.
class ConnectionBanner extends HTMLElement {
  #timer = 0;

  connectedCallback() {
    document.body.addEventListener("connection-changed", this.#changed);
    this.#part("[data-reconnect]").addEventListener("click", () => {
      document.body.dispatchEvent(new CustomEvent("reconnect-now", { bubbles: true }));
    });
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
    document.body.removeEventListener("connection-changed", this.#changed);
  }

  #part(selector) { return this.querySelector(selector); }

  #changed = ({ detail }) => {
    clearInterval(this.#timer);
    this.#part("#banner").hidden = detail.state === "open";
    const text = this.dataset[detail.state] ?? "";
    if (this.#part(".banner__text").textContent !== text) this.#part(".banner__text").textContent = text;
    this.#part("[data-reconnect]").hidden = detail.state !== "waiting";
    this.#part("[data-login]").hidden = detail.state !== "closed";
    this.#part(".banner__when").textContent = "";
    if (detail.state === "waiting") this.#countDown(detail.attempt, detail.seconds);
  };

  #countDown(attempt, seconds) {
    const due = Date.now() + (seconds ?? 0) * 1000;
    const show = () => {
      const left = Math.max(0, Math.ceil((due - Date.now()) / 1000));
      this.#part(".banner__when").textContent = `try ${attempt ?? 1}, ${left ? `in ${left} s` : "now"}`;
    };
    show();
    this.#timer = setInterval(show, 1000);
  }
}
customElements.define("connection-banner", ConnectionBanner);
