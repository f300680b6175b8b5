// The field for a new tag: empty again once the server took it, so that another can follow; Escape closes it.
// <tag-adder><details><summary>Add</summary><form hx-post="…"><input name="name"></form></details></tag-adder>
class TagAdder extends HTMLElement {
  connectedCallback() {
    const fold = this.querySelector("details");
    const field = this.querySelector("input[name=name]");
    fold.addEventListener("toggle", () => { if (fold.open) field.focus(); });
    this.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !fold.open) return;
      event.stopPropagation();
      fold.open = false;
      fold.querySelector("summary").focus();
    });
    this.addEventListener("htmx:afterRequest", ({ target, detail }) => {
      if (!target.matches("form")) return;
      field.toggleAttribute("aria-invalid", !detail.successful);
      if (!detail.successful) return;
      field.value = "";
      this.querySelector("#tag-note").replaceChildren();
    });
  }
}
customElements.define("tag-adder", TagAdder);
