// Shows, of what can be chosen, what the ticked formats have; of the others nothing is sent.
// <ticked-formats><form><input type="checkbox" name="format" value="pdf">… <fieldset data-of="pdf word">…</fieldset></form></ticked-formats>
class TickedFormats extends HTMLElement {
  connectedCallback() {
    this.addEventListener("change", this.#show);
    window.addEventListener("pageshow", this.#show);
    this.#show();
  }

  disconnectedCallback() { window.removeEventListener("pageshow", this.#show); }

  #show = () => {
    const ticked = [...this.querySelectorAll("[name=format]:checked")].map(({ value }) => value);
    for (const group of this.querySelectorAll("[data-of]")) {
      group.disabled = group.hidden = !group.dataset.of.split(" ").some((name) => ticked.includes(name));
    }
  };
}
customElements.define("ticked-formats", TickedFormats);
