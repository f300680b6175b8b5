// Fills in how long a chosen film or recording lasts, and says at once that a file is too large.
// <video-length data-field="ID of the field" data-most="500000000" (bytes) data-too-large="This file …"><input type="file"></video-length>
// What somebody typed there since stays.
class VideoLength extends HTMLElement {
  #filled = ""; #address = "";

  connectedCallback() { this.querySelector("input").addEventListener("change", this.#chosen); }

  disconnectedCallback() { this.#let(); }

  #chosen = ({ target }) => {
    const [file] = target.files;
    target.setCustomValidity(file && file.size > Number(this.dataset.most) ? this.dataset.tooLarge : "");
    if (!target.reportValidity() || !file) return;
    this.#let();
    this.#address = URL.createObjectURL(file);
    const media = document.createElement(file.type.startsWith("audio/") ? "audio" : "video");
    media.preload = "metadata";
    media.addEventListener("loadedmetadata", () => this.#known(media.duration));
    media.addEventListener("error", () => this.#let());
    media.src = this.#address;
  };

  #known(seconds) {
    this.#let();
    const field = document.getElementById(this.dataset.field);
    if (!Number.isFinite(seconds) || (field.value && ![this.#filled, field.defaultValue].includes(field.value))) return;
    const whole = Math.max(1, Math.round(seconds));
    const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
    const two = (number) => String(number).padStart(2, "0");
    field.value = this.#filled = hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
  }

  #let() {
    if (this.#address) URL.revokeObjectURL(this.#address);
    this.#address = "";
  }
}
customElements.define("video-length", VideoLength);
