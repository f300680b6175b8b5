// Counts on by itself while an answer runs; each frame from the server sets it right.
// <runtime-counter id="counter-runtime" data-value="724" data-running="1">12 m 04 s</runtime-counter>
class RuntimeCounter extends HTMLElement {
  #timer = 0;

  connectedCallback() {
    const value = Number.parseInt(this.dataset.value, 10) || 0;
    const began = performance.now();
    this.#show(value);
    if (this.dataset.running !== "1") return;
    this.#timer = setInterval(() => this.#show(value + Math.floor((performance.now() - began) / 1000)), 1000);
  }

  disconnectedCallback() { clearInterval(this.#timer); }

  #show(seconds) {
    this.dataset.value = String(seconds);
    const two = (number) => String(number).padStart(2, "0");
    const hours = Math.floor(seconds / 3600), minutes = Math.floor(seconds / 60) % 60, rest = seconds % 60;
    if (hours) this.textContent = `${hours}\u00a0h ${two(minutes)}\u00a0m`;
    else if (minutes) this.textContent = `${minutes}\u00a0m ${two(rest)}\u00a0s`;
    else this.textContent = `${rest}\u00a0s`;
  }
}
customElements.define("runtime-counter", RuntimeCounter);
