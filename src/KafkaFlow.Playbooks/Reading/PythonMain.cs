using System.Text;
using System.Text.RegularExpressions;

namespace KafkaFlow.Playbooks.Reading;

/// <summary>A parameter of <c>main</c>.</summary>
internal sealed record PythonParameter(string Name, bool HasDefault);

/// <summary>
/// What can be said of python code without running it: whether it defines <c>main</c> at its top level, the parameters
/// that are filled by name, and whether it mentions the global <c>context</c>. Strings and comments are left out.
/// </summary>
internal sealed partial record PythonMain(IReadOnlyList<PythonParameter> Parameters, bool MentionsContext)
{
    private const string WholeScope = "context";
    private const string WholeArgs = "input_data";

    [GeneratedRegex(@"^(async[ \t]+)?def[ \t]+main[ \t]*\(", RegexOptions.Multiline | RegexOptions.NonBacktracking)]
    private static partial Regex Definition();

    [GeneratedRegex(@"^[ \t]*(?<name>[\p{L}_][\p{L}\p{N}_]*)[ \t]*(:|=|\z)")]
    private static partial Regex Parameter();

    [GeneratedRegex(@"(?<![\p{L}\p{N}_.])context(?![\p{L}\p{N}_])")]
    private static partial Regex ContextName();

    /// <returns>Null if the code defines no <c>main</c>. Of several the last counts, as in python.</returns>
    public static PythonMain? Find(string code)
    {
        var bare = WithoutText(code);
        var definition = Definition().Matches(bare).LastOrDefault();
        if (definition is null) return null;
        var parameters = new List<PythonParameter>();
        foreach (var part in Split(bare, definition.Index + definition.Length))
        {
            var match = Parameter().Match(part);
            if (match.Success) parameters.Add(new(match.Groups["name"].Value, HasDefault(part)));
        }
        return new PythonMain(parameters, ContextName().IsMatch(bare));
    }

    /// <summary>Names to fill from the scope where the given args do not have them.</summary>
    public IReadOnlyList<string> Binds(IReadOnlyCollection<string> args)
    {
        var names = Parameters.Select(p => p.Name).Where(name => name != WholeArgs && !args.Contains(name)).ToList();
        if (MentionsContext && !names.Contains(WholeScope)) names.Add(WholeScope);
        return names;
    }

    /// <summary>Parameters without a default that none of the names fills.</summary>
    public IEnumerable<string> Unfilled(IReadOnlySet<string> given) =>
        Parameters.Where(p => !p.HasDefault && p.Name is not (WholeArgs or WholeScope) && !given.Contains(p.Name))
            .Select(p => p.Name);

    /// <summary>Pieces between the commas of a parameter list that starts at an index, brackets respected.</summary>
    private static List<string> Split(string code, int start)
    {
        var parts = new List<string>();
        var (depth, from) = (0, start);
        for (var i = start; i < code.Length; i++)
        {
            switch (code[i])
            {
                case '(' or '[' or '{': depth++; break;
                case ')' or ']' or '}' when depth > 0: depth--; break;
                case ')':
                    parts.Add(code[from..i].Trim());
                    return parts;
                case ',' when depth == 0:
                    parts.Add(code[from..i].Trim());
                    from = i + 1;
                    break;
            }
        }
        return parts;
    }

    private static bool HasDefault(string part)
    {
        var depth = 0;
        foreach (var c in part)
        {
            if (c is '(' or '[' or '{') depth++;
            else if (c is ')' or ']' or '}') depth--;
            else if (c == '=' && depth == 0) return true;
        }
        return false;
    }

    /// <summary>The code with strings and comments blanked, except f-strings, which hold code.</summary>
    private static string WithoutText(string code)
    {
        var bare = new StringBuilder(code.Length);
        for (var i = 0; i < code.Length;)
        {
            if (code[i] == '#')
            {
                while (i < code.Length && code[i] != '\n') i++;
                continue;
            }
            if (code[i] is not ('"' or '\''))
            {
                bare.Append(code[i++]);
                continue;
            }
            var end = EndOfText(code, i);
            var keep = HoldsCode(code, i);
            foreach (var c in code.AsSpan(i, end - i)) bare.Append(keep && c != '\n' ? c : ' ');
            i = end;
        }
        return bare.ToString();
    }

    /// <summary>Whether the text that begins at an index is an f-string.</summary>
    private static bool HoldsCode(string code, int quote)
    {
        if (quote > 0 && code[quote - 1] is 'f' or 'F') return true;
        return quote > 1 && code[quote - 2] is 'f' or 'F' && code[quote - 1] is 'r' or 'R';
    }

    private static int EndOfText(string code, int start)
    {
        var quote = code[start];
        var isTriple = start + 2 < code.Length && code[start + 1] == quote && code[start + 2] == quote;
        for (var i = start + (isTriple ? 3 : 1); i < code.Length; i++)
        {
            if (code[i] == '\\') i++;
            else if (!isTriple && code[i] is '\n') return i;
            else if (!isTriple && code[i] == quote) return i + 1;
            else if (isTriple && code.AsSpan(i).StartsWith([quote, quote, quote])) return i + 3;
        }
        return code.Length;
    }
}
