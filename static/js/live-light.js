// The footer's light for the page's own connection. A frame may replace the lights: the last state is kept aside.
// <live-light id="light-live" class="light light--waiting" data-open="Live" data-waiting="Reconnecting" data-gone="Not connected">Connecting</live-light>
class LiveLight extends HTMLElement {
  static #state = "";

  connectedCallback() {
    document.body.addEventListener("connection-changed", this.#changed);
    if (!document.querySelector("workspace-socket")) LiveLight.#state ||= "open";
    this.#show();
  }

  disconnectedCallback() { document.body.removeEventListener("connection-changed", this.#changed); }

  #changed = ({ detail }) => { LiveLight.#state = detail.state; this.#show(); };

  #show() {
    const state = LiveLight.#state;
    if (!state) return;
    const shape = { open: "well", waiting: "waiting" }[state] ?? "off";
    this.className = `light light--${shape}`;
    this.textContent = this.dataset[state] ?? this.dataset.gone;
  }
}
customElements.define("live-light", LiveLight);
