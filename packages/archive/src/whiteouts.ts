/** What stands before the name of a file that a layer takes away (OCI image specification). */
export const whiteoutPrefix = '.wh.';
/** The member by which a layer hides everything that the layers below have in a directory. */
export const opaqueMarker = '.wh..wh..opq';
