# --- the stack's lines in a file ---

# Sets $before and $after to what surrounds the stack's lines in $text, which is of file $1. False if it has none. The last line may lack its line break.
# Goes by line numbers, because the shell takes minutes to cut a long text at a pattern.
find_block() {
  before=$text after= first= last=
  case $text in
    *"$begin_mark"*) ;;
    *) return 1 ;;
  esac
  marks=$(grep -nF -e "$begin_mark" -e "$end_mark" <<END
$text
END
  )
  each_line note_mark "$marks"
  ! same "$first" '' || fail "$1 on the router has the line '$begin_mark' with other text beside it; remove the stack's lines there"
  ! same "$last" '' || fail "$1 on the router has the line '$begin_mark' without '$end_mark' after it; remove the stack's lines there"
  before=
  same "$first" 1 || before=$(grep -m $((first - 1)) '' <<END
$text
END
    echo .)
  before=${before%.}
  after=$(after_line "$last" <<END
$text.
END
  )
  after=${after%.}
}

# Sets $first and $last to the line numbers of the first block. An editor may have changed space around its lines.
note_mark() {
  number=${line%%:*}
  set -- ${line#*:}
  case $first,$last,$* in
    ",,$begin_mark") first=$number ;;
    "$first,,$end_mark") same "$first" '' || last=$number ;;
  esac
}

# Prints what follows line $1 of the input.
after_line() {
  count=0
  until same $count "$1"; do
    read -r skipped
    count=$((count + 1))
  done
  cat
}

# Removes the stack's lines from $text, and further copies of them.
drop_blocks() {
  while find_block "$1"; do
    text=$before$after
  done
}

# Calls function $1 for each line of $2, with the line in $line, without the second half of a Windows line break.
each_line() {
  saved_ifs=$IFS on_line=$1
  IFS=$line_break
  set -- $2
  IFS=$saved_ifs
  for line in "$@"; do
    line=${line%"$carriage_return"}
    $on_line
  done
}
