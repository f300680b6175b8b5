// The up arrow in an empty message box edits the last message a person wrote.
// <edit-last hidden></edit-last> once a page; also listens for edit-last on body.
class EditLast extends HTMLElement {
  connectedCallback() {
    document.addEventListener("keydown", this.#pressed);
    document.body.addEventListener("edit-last", this.#edit);
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.#pressed);
    document.body.removeEventListener("edit-last", this.#edit);
  }

  #pressed = (event) => {
    const plain = event.key === "ArrowUp" && !event.shiftKey && !event.altKey && !event.ctrlKey && !event.metaKey;
    if (!plain || event.defaultPrevented || event.isComposing || event.target.id !== "message-box" || event.target.value) return;
    if (document.querySelector(":popover-open")) return;
    event.preventDefault();
    document.body.dispatchEvent(new CustomEvent("edit-last"));
  };

  #edit = () => {
    const last = [...document.querySelectorAll("#messages > [data-role=user]")].at(-1);
    const open = last?.querySelector("message-editor textarea");
    if (open) open.focus();
    else last?.querySelector('[data-tool="edit"]')?.click();
  };
}
customElements.define("edit-last", EditLast);
