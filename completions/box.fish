# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_box_global_optspecs
    string join \n root= runroot= storage-driver= log-level= v/version conmon= network-cmd-path= tmpdir= h/help
end

function __fish_box_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_box_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_box_using_subcommand
    set -l cmd (__fish_box_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c box -n "__fish_box_needs_command" -l root -d 'Keep images, containers and volumes in this directory' -r -F
complete -c box -n "__fish_box_needs_command" -l runroot -d 'Keep what a reboot may take in this directory' -r -F
complete -c box -n "__fish_box_needs_command" -l storage-driver -d 'Mount root filesystems this way instead of the best one that works here' -r -f -a "overlay\t'The kernel\'s overlay filesystem'
fuse\t'The program fuse-overlayfs'
copy\t'A full copy of the image for each container'"
complete -c box -n "__fish_box_needs_command" -l log-level -d 'Say more or less on standard error' -r -f -a "error\t''
warn\t''
debug\t''"
complete -c box -n "__fish_box_needs_command" -l conmon -r
complete -c box -n "__fish_box_needs_command" -l network-cmd-path -r
complete -c box -n "__fish_box_needs_command" -l tmpdir -r
complete -c box -n "__fish_box_needs_command" -s v -l version -d 'Print the version'
complete -c box -n "__fish_box_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c box -n "__fish_box_needs_command" -f -a "images" -d 'List images in local storage'
complete -c box -n "__fish_box_needs_command" -f -a "version" -d 'Show the version of box'
complete -c box -n "__fish_box_needs_command" -f -a "docs" -d 'Write man pages and completions into a directory'
complete -c box -n "__fish_box_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c box -n "__fish_box_using_subcommand images" -s f -l filter -d 'Only images that match `key=value`: dangling, reference, label, before, since, until, id, digest, containers' -r
complete -c box -n "__fish_box_using_subcommand images" -l format -d 'Show the list as `json`, `table [TEMPLATE]`, or by a Go template' -r
complete -c box -n "__fish_box_using_subcommand images" -l sort -d 'Sort by this column' -r -f -a "created\t''
id\t''
repository\t''
size\t''
tag\t''"
complete -c box -n "__fish_box_using_subcommand images" -s a -l all -d 'Also list intermediate images, of which there are none'
complete -c box -n "__fish_box_using_subcommand images" -s q -l quiet -d 'Show image IDs only'
complete -c box -n "__fish_box_using_subcommand images" -l no-trunc -d 'Do not shorten IDs'
complete -c box -n "__fish_box_using_subcommand images" -l digests -d 'Show digests'
complete -c box -n "__fish_box_using_subcommand images" -s n -l noheading -l no-heading -d 'Leave out the table\'s heading'
complete -c box -n "__fish_box_using_subcommand images" -l history -d 'Show what an image was called before'
complete -c box -n "__fish_box_using_subcommand images" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand version" -s f -l format -d 'Show it as `json` or by a Go template' -r
complete -c box -n "__fish_box_using_subcommand version" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand docs" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from images version docs help" -f -a "images" -d 'List images in local storage'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from images version docs help" -f -a "version" -d 'Show the version of box'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from images version docs help" -f -a "docs" -d 'Write man pages and completions into a directory'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from images version docs help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
