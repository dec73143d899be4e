using System.Text;
using System.Text.RegularExpressions;

namespace KafkaFlow.Playbooks.Yaml;

/// <summary>
/// The scanner refuses a block scalar that begins with a line of blanks, which YAML allows. Emptying such lines changes
/// no value and no position.
/// </summary>
internal static partial class BlockScalarBlanks
{
    [GeneratedRegex(@"[|>][-+0-9]{0,2}[ \t]*\r?\z")]
    private static partial Regex Header();

    public static string Emptied(string source)
    {
        var text = new StringBuilder(source.Length);
        var isLeading = false;
        for (var start = 0; start < source.Length;)
        {
            var next = source.IndexOf('\n', start);
            var line = source.AsSpan(start, (next < 0 ? source.Length : next) - start);
            var content = line.TrimEnd('\r');
            var isBlank = content.Trim(' ').IsEmpty;
            if (isLeading && isBlank) text.Append(line[content.Length..]);
            else text.Append(line);
            isLeading = isLeading && isBlank || !isBlank && Header().IsMatch(line);
            if (next < 0) break;
            text.Append('\n');
            start = next + 1;
        }
        return text.ToString();
    }
}
