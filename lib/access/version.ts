import about from "../../package.json" with { type: "json" };

/** Of this Pitwall, as package.json tells it. */
export const pitwallVersion: string = about.version;
