/* remove_tree.h - removes a directory with all that is in it. */
#ifndef CORE_COMMON_REMOVE_TREE_H
#define CORE_COMMON_REMOVE_TREE_H

/* Does not follow symbolic links nor leave the file system. What cannot be removed stays. */
void remove_tree(const char *path);

#endif
