// A waiting message that is removed gives its text back to the message box.
// <taken-back hidden></taken-back> once a page, for each <form data-takes-back hx-post="…"> beside a .chip-next__text, whose title is the text.
// Says compose-message {text, below}. A frame may take the form away before its request is answered.
class TakenBack extends HTMLElement {
  connectedCallback() { document.addEventListener("htmx:beforeRequest", this.#asked); }

  disconnectedCallback() { document.removeEventListener("htmx:beforeRequest", this.#asked); }

  #asked = ({ detail: { elt, xhr } }) => {
    const text = elt.matches("form[data-takes-back]") && elt.parentElement.querySelector(".chip-next__text").title;
    if (text) xhr.addEventListener("load", () => { if (xhr.status === 204) this.#give(text); });
  };

  #give(text) { document.body.dispatchEvent(new CustomEvent("compose-message", { detail: { text, below: true } })); }
}
customElements.define("taken-back", TakenBack);
