using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.RegularExpressions;

namespace KafkaFlow.Expressions.Library;

/// <summary>What the cost of a pattern is judged by.</summary>
/// <param name="Positions">Atoms, with counted repetitions multiplied out.</param>
/// <param name="Choices">Positions and branches at which several ways through the pattern may be open at once.</param>
internal readonly record struct PatternSize(int Positions, int Choices);

/// <summary>A pattern ready to match: in linear time, or as a plain search if it has no operators.</summary>
internal sealed class Pattern
{
    private static readonly SearchValues<char> Operators = SearchValues.Create("\\.+*?()|[]{}^$");
    /// <summary>A search that says where the match is may make states for each character of the match.</summary>
    private const int BytesPerLocatedChar = 1_350;
    private const int BytesOfAny = 128 * 1024;
    private const int BytesPerPosition = 3 * 1024;
    private const int BytesPerState = 2_560;
    private const int BytesPerCubedChoice = 10;
    private const int MostDoublings = 30;
    private readonly string? _literal;
    private readonly PatternSize _size;
    private Regex? _regex;

    private Pattern(string source, string? literal, Regex? regex, PatternSize size)
    {
        Source = source;
        _literal = literal;
        _regex = regex;
        _size = size;
    }

    public string Source { get; }

    public Regex Regex => _regex ??= new Regex(Regex.Escape(_literal!), RegexOptions.NonBacktracking);

    /// <summary>Bytes that making the pattern takes.</summary>
    public long MakingBytes(bool locating) => _literal is not null && !locating
        ? 0
        : BytesOfAny + ((long)BytesPerPosition * _size.Positions);

    public static bool TryMake(string text, [NotNullWhen(true)] out Pattern? pattern, out string problem)
    {
        problem = "";
        pattern = null;
        if (text.AsSpan().IndexOfAny(Operators) < 0 && text.Length <= ExpressionLimits.PatternChars)
        {
            pattern = new Pattern(text, text, null, new PatternSize(text.Length, 0));
            return true;
        }
        if (!RegexTranslation.TryTranslate(text, out string translated, out PatternSize size, out problem))
            return false;
        try
        {
            const RegexOptions options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;
            pattern = new Pattern(text, null, new Regex(translated, options), size);
            return true;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            problem = "the regular expression is malformed, too large, or uses what linear-time matching cannot do";
            return false;
        }
    }

    /// <summary>
    /// Charges for a search. Matching makes states of an automaton as it meets them: at most one for each character,
    /// and no more than the pattern has. The bytes of a state grow with the ways through the pattern that may be open
    /// at once; the prices lie above what hostile patterns were measured to take.
    /// </summary>
    /// <param name="locating">The place of the match is asked for, not only whether there is one.</param>
    public bool Charge(Frame frame, string text, bool locating)
    {
        if (_literal is not null && !locating)
            return frame.Charge(1 + (text.Length / 16));
        long choices = _size.Choices;
        long states = (_size.Positions + 1L) << (int)Math.Min(choices, MostDoublings);
        if (locating)
            states = Math.Max(states, text.Length + 1L);
        long price = (locating ? BytesPerLocatedChar * Math.Max(1, choices) : BytesPerState)
            + (BytesPerCubedChoice * choices * choices * choices);
        long made = frame.NewStates(Source, Math.Min(text.Length + 1L, states), states);
        return frame.ChargePattern(made * price)
            && frame.Charge(1 + (text.Length / 8));
    }

    public bool IsMatch(string text) =>
        _literal is not null ? text.Contains(_literal, StringComparison.Ordinal) : _regex!.IsMatch(text);
}

/// <summary><c>matches</c> and the regex extension. Syntax is RE2's; matching takes time linear in the text.</summary>
internal static class RegexFunctions
{
    private const int ReadingUnits = 100;
    /// <summary>A match with its groups takes some KiB.</summary>
    private const int UnitsPerMatch = 256;
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
        if (Find(frame, text, source, locating: false, out Pattern? pattern) is { } problem)
            return problem;
        return Value.Bool(pattern!.IsMatch(text));
    }

    /// <summary>A pattern that is no constant: made anew or found among those made lately, at one price.</summary>
    private static Value? Find(Frame frame, string text, string source, bool locating, out Pattern? pattern)
    {
        pattern = null;
        if (!frame.Charge(ReadingUnits + source.Length))
            return frame.Stopped;
        if (!Cache.TryGetValue(source, out pattern))
        {
            if (!Pattern.TryMake(source, out pattern, out string message))
                return Failure.Invalid(message);
            if (Cache.Count >= MaxCached)
                Cache.Clear();
            Cache[source] = pattern;
        }
        bool paid = frame.KnowsPattern(source) || frame.ChargePattern(pattern.MakingBytes(locating));
        return paid && pattern.Charge(frame, text, locating) ? null : frame.Stopped;
    }

    private static Value Replace(Frame frame, ReadOnlySpan<Value> a)
    {
        if (a[0].Object is not string text || a[1].Object is not string source || a[2].Object is not string with
            || (a.Length == 4 && !a[3].IsInt))
            return Failure.NoOverload("regex.replace", a);
        if (Find(frame, text, source, locating: true, out Pattern? pattern) is { } problem)
            return problem;
        long left = a.Length == 4 && a[3].Bits >= 0 ? a[3].Bits : long.MaxValue;
        if (!with.Contains('\\', StringComparison.Ordinal))
            return Replaced(frame, text, pattern!.Regex, with, left);
        var result = new StringBuilder();
        int at = 0;
        for (Match match = pattern!.Regex.Match(text); match.Success && left > 0; match = match.NextMatch(), left--)
        {
            result.Append(text, at, match.Index - at);
            if (!AppendReplacement(result, with, match))
                return Failure.Invalid("the replacement names a group the pattern does not have");
            at = match.Index + match.Length;
            if (!frame.Charge(UnitsPerMatch) || result.Length > ExpressionLimits.TextChars)
                break;
        }
        result.Append(text, at, text.Length - at);
        return frame.ChargeText(result.Length) ? Value.String(result.ToString()) : frame.Stopped;
    }

    /// <summary>Replaces by text without groups; makes no object for a match.</summary>
    private static Value Replaced(Frame frame, string text, Regex regex, string with, long left)
    {
        var result = new StringBuilder();
        int at = 0;
        foreach (ValueMatch match in regex.EnumerateMatches(text))
        {
            if (left-- <= 0)
                break;
            result.Append(text, at, match.Index - at).Append(with);
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
        if (Find(frame, text, source, locating: true, out Pattern? pattern) is { } problem)
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
        if (Find(frame, text, source, locating: true, out Pattern? pattern) is { } problem)
            return problem;
        if (pattern!.Regex.GetGroupNumbers().Length == 1)
            return Extracted(frame, text, pattern.Regex);
        var found = new List<Value>();
        for (Match match = pattern!.Regex.Match(text); match.Success; match = match.NextMatch())
        {
            if (match.Groups.Count > 2)
                return Failure.Invalid("regex.extractAll() takes a pattern with at most one group");
            if (match.Groups[^1].Success)
                found.Add(Value.String(match.Groups[^1].Value));
            if (!frame.Charge(UnitsPerMatch) || found.Count > ExpressionLimits.Elements)
                break;
        }
        return frame.ChargeElements(found.Count) ? Collections.ListOf(frame, found) : frame.Stopped;
    }

    private static Value Extracted(Frame frame, string text, Regex regex)
    {
        var found = new List<Value>();
        foreach (ValueMatch match in regex.EnumerateMatches(text))
        {
            found.Add(Value.String(text.Substring(match.Index, match.Length)));
            if (!frame.Charge(Collections.UnitsPerText) || found.Count > ExpressionLimits.Elements)
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
        return pattern.Charge(frame, text, locating: false) ? Value.Bool(pattern.IsMatch(text)) : frame.Stopped;
    }
}
