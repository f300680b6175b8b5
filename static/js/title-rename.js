// Writes a title in its place: that of a row, or of the open session. Enter saves, and so does leaving; Escape gives up.
// <title-rename hidden data-label="Title"></title-rename> once a page. Listens for rename-session {id} on body, for a
// double click on #chat-title and a click on [data-rename-open="ID"]. Says rename-ended on body.
class TitleRename extends HTMLElement {
  connectedCallback() {
    document.body.addEventListener("rename-session", this.#asked);
    document.addEventListener("dblclick", this.#twice);
    document.addEventListener("click", this.#clicked);
  }

  disconnectedCallback() {
    document.body.removeEventListener("rename-session", this.#asked);
    document.removeEventListener("dblclick", this.#twice);
    document.removeEventListener("click", this.#clicked);
  }

  #asked = ({ detail: { id } }) => {
    const row = document.getElementById(`session-${id}`);
    if (row) this.#write(row, row.querySelector(".row__title"), id, () => document.getElementById(row.id));
  };

  #twice = ({ target }) => {
    if (target.closest?.("#chat-title")) this.#clicked({ target: document.querySelector("[data-rename-open]") });
  };

  #clicked = ({ target }) => {
    const button = target?.closest?.("[data-rename-open]");
    const title = document.getElementById("chat-title");
    if (button && title) this.#write(title.closest("a") ?? title, title, button.dataset.renameOpen, () => button);
  };

  // The field stands beside the title and covers it: frames may replace the title meanwhile.
  #write(beside, shown, id, back) {
    const before = shown.textContent.trim();
    const field = Object.assign(document.createElement("input"), { className: "title-edit field", value: before, maxLength: 120 });
    field.setAttribute("aria-label", this.dataset.label);
    let over = false;
    const end = (save, focus) => {
      if (over) return;
      over = true;
      const title = field.value.trim();
      field.remove();
      if (focus) back()?.focus({ preventScroll: true });
      if (save && title && title !== before) this.#save(id, title);
      else document.body.dispatchEvent(new CustomEvent("sessions-changed")); // what waited for the end
      document.body.dispatchEvent(new CustomEvent("rename-ended"));
    };
    field.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.isComposing || event.keyCode === 229 || !["Enter", "Escape"].includes(event.key)) return;
      event.preventDefault();
      end(event.key === "Enter", true);
    });
    field.addEventListener("blur", () => end(true, false));
    beside.after(field);
    field.select();
    field.focus();
  }

  async #save(id, title) {
    for (const shown of document.querySelectorAll(`#session-${id} .row__title`)) Object.assign(shown, { textContent: title, title });
    // Where the server is away, the list that is fetched next shows the title as it is.
    await htmx.ajax("POST", `/sessions/${id}/settings/`, { source: this, values: { title }, swap: "none" }).catch(() => {});
    document.body.dispatchEvent(new CustomEvent("sessions-changed"));
  }
}
customElements.define("title-rename", TitleRename);
