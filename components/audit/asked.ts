/** What the audit log's filter asks for, by the name of its field. */
export type Asked = Readonly<Partial<Record<string, string>>>;
