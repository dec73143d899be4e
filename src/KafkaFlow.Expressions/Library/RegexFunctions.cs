using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.RegularExpressions;

namespace KafkaFlow.Expressions.Library;

/// <summary>A pattern ready to match: in linear time, or as a plain search if it has no operators.</summary>
internal sealed class Pattern
{
    private static readonly SearchValues<char> Operators = SearchValues.Create("\\.+*?()|[]{}^$");
    private readonly string? _literal;
    private readonly Regex? _regex;
    private readonly int _size;

    private Pattern(string? literal, Regex? regex, int size)
    {
        _literal = literal;
        _regex = regex;
        _size = size;
    }

    public Regex Regex => _regex ?? new Regex(Regex.Escape(_literal!), RegexOptions.NonBacktracking);

    public static bool TryMake(string text, [NotNullWhen(true)] out Pattern? pattern, out string problem)
    {
        problem = "";
        pattern = null;
        if (text.AsSpan().IndexOfAny(Operators) < 0 && text.Length <= ExpressionLimits.PatternChars)
        {
            pattern = new Pattern(text, null, 1);
            return true;
        }
        if (!RegexTranslation.TryTranslate(text, out string translated, out int size, out problem))
            return false;
        try
        {
            const RegexOptions options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;
            pattern = new Pattern(null, new Regex(translated, options), size);
            return true;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            problem = "the regular expression is malformed, too large, or uses what linear-time matching cannot do";
            return false;
        }
    }

    /// <summary>Charges by the length of the text and the size of the automaton.</summary>
    public bool Charge(Frame frame, string text) => frame.Charge(1 + ((long)text.Length * (4 + _size) / 32));

    public bool IsMatch(string text) =>
        _literal is not null ? text.Contains(_literal, StringComparison.Ordinal) : _regex!.IsMatch(text);
}

/// <summary><c>matches</c> and the regex extension. Syntax is RE2's; matching takes time linear in the text.</summary>
internal static class RegexFunctions
{
    /// <summary>Cost of a pattern that is not a constant: it may have to be compiled anew.</summary>
    private const int DynamicPatternUnits = 2_000;
    private const int MaxCached = 256;
    private static readonly ConcurrentDictionary<string, Pattern> Cache = new();

    private static readonly FunctionEntry MatchesEntry = new("matches", 2, 2, Matches);

    public static readonly FunctionEntry[] Globals =
    [
        MatchesEntry,
        new("regex.replace", 3, 4, Replace),
        new("regex.extract", 2, 2, Extract),
        new("regex.extractAll", 2, 2, ExtractAll),
    ];

    public static readonly FunctionEntry[] Methods = [MatchesEntry with { MinArguments = 1, MaxArguments = 1 }];

    private static Value Matches(Frame frame, ReadOnlySpan<Value> a)
    {
        if (a[0].Object is not string text || a[1].Object is not string source)
            return Failure.NoOverload("matches", a);
        if (Find(frame, text, source, out Pattern? pattern) is { } problem)
            return problem;
        return Value.Bool(pattern!.IsMatch(text));
    }

    private static Value? Find(Frame frame, string text, string source, out Pattern? pattern)
    {
        pattern = null;
        if (!frame.Charge(DynamicPatternUnits))
            return frame.Stopped;
        if (!Cache.TryGetValue(source, out pattern))
        {
            if (!Pattern.TryMake(source, out pattern, out string message))
                return Failure.Invalid(message);
            if (Cache.Count >= MaxCached)
                Cache.Clear();
            Cache[source] = pattern;
        }
        return pattern.Charge(frame, text) ? null : frame.Stopped;
    }

    private static Value Replace(Frame frame, ReadOnlySpan<Value> a)
    {
        if (a[0].Object is not string text || a[1].Object is not string source || a[2].Object is not string with
            || (a.Length == 4 && !a[3].IsInt))
            return Failure.NoOverload("regex.replace", a);
        if (Find(frame, text, source, out Pattern? pattern) is { } problem)
            return problem;
        long left = a.Length == 4 && a[3].Bits >= 0 ? a[3].Bits : long.MaxValue;
        var result = new StringBuilder();
        int at = 0;
        for (Match match = pattern!.Regex.Match(text); match.Success && left > 0; match = match.NextMatch(), left--)
        {
            result.Append(text, at, match.Index - at);
            if (!AppendReplacement(result, with, match))
                return Failure.Invalid("the replacement names a group the pattern does not have");
            at = match.Index + match.Length;
            if (!frame.Charge(1) || result.Length > ExpressionLimits.TextChars)
                break;
        }
        result.Append(text, at, text.Length - at);
        return frame.ChargeText(result.Length) ? Value.String(result.ToString()) : frame.Stopped;
    }

    private static bool AppendReplacement(StringBuilder result, string with, Match match)
    {
        for (int i = 0; i < with.Length; i++)
        {
            if (with[i] != '\\')
            {
                result.Append(with[i]);
                continue;
            }
            i++;
            if (i < with.Length && with[i] == '\\')
                result.Append('\\');
            else if (i < with.Length && char.IsAsciiDigit(with[i]) && with[i] - '0' < match.Groups.Count)
                result.Append(match.Groups[with[i] - '0'].Value);
            else
                return false;
        }
        return true;
    }

    private static Value Extract(Frame frame, ReadOnlySpan<Value> a)
    {
        if (a[0].Object is not string text || a[1].Object is not string source)
            return Failure.NoOverload("regex.extract", a);
        if (Find(frame, text, source, out Pattern? pattern) is { } problem)
            return problem;
        Match match = pattern!.Regex.Match(text);
        if (match.Groups.Count > 2)
            return Failure.Invalid("regex.extract() takes a pattern with at most one group");
        Group group = match.Groups[^1];
        return Value.From(match.Success && group.Success
            ? new OptionalValue(Value.String(group.Value))
            : OptionalValue.None);
    }

    private static Value ExtractAll(Frame frame, ReadOnlySpan<Value> a)
    {
        if (a[0].Object is not string text || a[1].Object is not string source)
            return Failure.NoOverload("regex.extractAll", a);
        if (Find(frame, text, source, out Pattern? pattern) is { } problem)
            return problem;
        var found = new List<Value>();
        for (Match match = pattern!.Regex.Match(text); match.Success; match = match.NextMatch())
        {
            if (match.Groups.Count > 2)
                return Failure.Invalid("regex.extractAll() takes a pattern with at most one group");
            if (match.Groups[^1].Success)
                found.Add(Value.String(match.Groups[^1].Value));
            if (!frame.Charge(1) || found.Count > ExpressionLimits.Elements)
                break;
        }
        return frame.ChargeElements(found.Count) ? Collections.ListOf(frame, found) : frame.Stopped;
    }
}

/// <summary><c>text.matches('constant')</c>: the pattern is made once, at the latest at its first use.</summary>
internal sealed class MatchesNode(Node subject, string source, Pattern? made) : Node
{
    private Pattern? _pattern = made;
    private string? _problem;

    public override Value Eval(Frame frame)
    {
        Value value = subject.Eval(frame);
        if (value.IsFailure)
            return value.Strict;
        if (value.Object is not string text)
            return At(Failure.NoOverload("matches", [value, Value.String(source)]));
        // Two threads may both make the pattern; either serves.
        Pattern? pattern = Volatile.Read(ref _pattern);
        if (pattern is null)
        {
            string problem = _problem ?? "";
            if (_problem is not null || !Pattern.TryMake(source, out pattern, out problem))
                return Fail("invalid_argument", _problem ??= problem);
            Volatile.Write(ref _pattern, pattern);
        }
        return pattern.Charge(frame, text) ? Value.Bool(pattern.IsMatch(text)) : frame.Stopped;
    }
}

/// <summary>The ASCII classes such as <c>[:alpha:]</c>, as ranges within a class.</summary>
internal static class PosixClasses
{
    public static string? RangesOf(string name) => name switch
    {
        "alnum" => "0-9A-Za-z",
        "alpha" => "A-Za-z",
        "ascii" => "\\x00-\\x7f",
        "blank" => "\\t ",
        "cntrl" => "\\x00-\\x1f\\x7f",
        "digit" => "0-9",
        "graph" => "!-~",
        "lower" => "a-z",
        "print" => " -~",
        "punct" => "!-/:-@\\[-`{-~",
        "space" => "\\t\\n\\v\\f\\r ",
        "upper" => "A-Z",
        "word" => "0-9A-Za-z_",
        "xdigit" => "0-9A-Fa-f",
        _ => null,
    };
}
