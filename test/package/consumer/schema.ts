/** Where a compiler knows import attributes. */
import schema from 'holdfast/log-record.schema.json' with { type: 'json' };

export const title: string = schema.title;
