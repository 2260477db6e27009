# --- the list: records begin with <, and unmanaged records stay byte for byte ---

has_record() {
  case $rest in
    *"$lt"*) return 0 ;;
    *) return 1 ;;
  esac
}

next_record() {
  rest=${rest#*"$lt"}
  found=${rest%%"$lt"*}
}
