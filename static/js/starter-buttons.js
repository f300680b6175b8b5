// A starter fills the message box and sends; one that ends with "…" waits for the rest.
// <starter-buttons><form><button data-starter-text="How was my week?">…</form></starter-buttons>
class StarterButtons extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", (event) => {
      const button = event.target.closest("[data-starter-text]");
      if (!button) return;
      event.preventDefault();
      const asked = button.dataset.starterText;
      const open = asked.endsWith("…");
      const text = open ? `${asked.slice(0, -1).trimEnd()} ` : asked;
      document.body.dispatchEvent(new CustomEvent("compose-message", { detail: { text, send: !open } }));
    });
  }
}
customElements.define("starter-buttons", StarterButtons);
