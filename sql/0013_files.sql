-- Files beside a manifest are of several kinds, named like the member that lists them: attachments
-- and alternative exports. An id is one file's within its kind.
ALTER TABLE catalog.attachment ADD COLUMN kind text NOT NULL DEFAULT 'attachments';
ALTER TABLE catalog.attachment DROP CONSTRAINT attachment_pkey, ADD PRIMARY KEY (dataset, kind, id);
