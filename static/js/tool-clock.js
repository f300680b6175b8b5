// Counts the seconds of a tool that runs: "running 2.1 s".
// <tool-clock data-began="1763740800000"></tool-clock> in the status of its card; began is in epoch milliseconds.
class ToolClock extends HTMLElement {
  #timer = 0;

  connectedCallback() {
    this.#show();
    this.#timer = setInterval(() => this.#show(), 200);
  }

  disconnectedCallback() { clearInterval(this.#timer); }

  // The clocks of server and page may differ: never below zero.
  #show() {
    const seconds = Math.max(0, (Date.now() - Number(this.dataset.began)) / 1000);
    this.textContent = `${seconds < 60 ? seconds.toFixed(1) : Math.round(seconds)}\u00a0s`;
  }
}
customElements.define("tool-clock", ToolClock);
