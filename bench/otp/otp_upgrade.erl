%% An upgrade by OTP's release_handler: N gen_servers of a small record under one
%% supervisor, `{update, counter, {advanced, []}}`, and 8 clients that call them all
%% the time. Gives the longest call of a client, less its usual one, and how long
%% upgrade_app took; both in microseconds.
-module(otp_upgrade).
-export([run/2]).

run(N, Folder) ->
    [write_version(Folder, Vsn) || Vsn <- ["1.0", "2.0"]],
    true = code:add_patha(ebin(Folder, "1.0")),
    ok = application:start(sasl),
    ok = application:start(counter),
    Servers = list_to_tuple([begin
                                 {ok, Pid} = supervisor:start_child(counter_sup, []),
                                 Pid
                             end || _ <- lists:seq(1, N)]),
    Me = self(),
    Clients = [spawn_link(fun() -> client(Me, Servers, I) end) || I <- lists:seq(1, 8)],
    timer:sleep(300),
    {Us, {ok, _}} = timer:tc(release_handler, upgrade_app,
                             [counter, filename:dirname(ebin(Folder, "2.0"))]),
    timer:sleep(100),
    Worst = lists:max([begin
                           Pid ! {stop, Me},
                           receive {longest, Pid, Longest} -> Longest end
                       end || Pid <- Clients]),
    {Worst, Us}.

client(Parent, Servers, Seed) ->
    rand:seed(exsss, {Seed, Seed, Seed}),
    client_loop(Parent, Servers, 0, 0, 0).

client_loop(Parent, Servers, Longest, Sum, Count) ->
    receive
        {stop, Parent} ->
            Parent ! {longest, self(), max(0, Longest - Sum div max(1, Count))}
    after 0 ->
        Server = element(rand:uniform(tuple_size(Servers)), Servers),
        {Us, _} = timer:tc(gen_server, call, [Server, get, infinity]),
        client_loop(Parent, Servers, max(Longest, Us), Sum + Us, Count + 1)
    end.

%% ---- the application

ebin(Folder, Vsn) -> filename:join([Folder, "counter-" ++ Vsn, "ebin"]).

write_version(Folder, Vsn) ->
    Ebin = ebin(Folder, Vsn),
    write(filename:join(Ebin, "counter.app"),
          {application, counter,
           [{description, ""}, {vsn, Vsn}, {modules, [counter, counter_sup]},
            {registered, [counter_sup]}, {applications, [kernel, stdlib]},
            {mod, {counter_sup, []}}]}),
    Script = [{update, counter, {advanced, []}}],
    write(filename:join(Ebin, "counter.appup"),
          {"2.0", [{"1.0", Script}], [{"1.0", Script}]}),
    compile(Ebin, counter, counter(Vsn)),
    compile(Ebin, counter_sup, supervisor()).

counter("1.0") ->
    ["-module(counter). -behaviour(gen_server).",
     "-vsn(1).",
     "-export([start_link/0, init/1, handle_call/3, handle_cast/2, code_change/3]).",
     "start_link() -> gen_server:start_link(counter, [], []).",
     "init([]) -> {ok, {state, 0, 0, 0, 0, 0, 0, 0, 0}}.",
     "handle_call(get, _, S) -> {reply, element(2, S), S}.",
     "handle_cast(_, S) -> {noreply, S}.",
     "code_change(_, S, _) -> {ok, S}."];
counter("2.0") ->
    ["-module(counter). -behaviour(gen_server).",
     "-vsn(2).",
     "-export([start_link/0, init/1, handle_call/3, handle_cast/2, code_change/3]).",
     "start_link() -> gen_server:start_link(counter, [], []).",
     "init([]) -> {ok, {state, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0}}.",
     "handle_call(get, _, S) -> {reply, element(2, S), S}.",
     "handle_cast(_, S) -> {noreply, S}.",
     "code_change(1, {state, A, B, C, D, E, F, G, H}, _) ->",
     "    {ok, {state, A, B, C, D, E, F, G, H, 1, 0}}."].

supervisor() ->
    ["-module(counter_sup). -behaviour(supervisor).",
     "-export([start/2, stop/1, init/1]).",
     "start(_, _) -> supervisor:start_link({local, counter_sup}, counter_sup, []).",
     "stop(_) -> ok.",
     "init([]) -> {ok, {{simple_one_for_one, 1, 1},",
     "    [{counter, {counter, start_link, []}, temporary, brutal_kill, worker,",
     "      [counter]}]}}."].

compile(Ebin, Module, Lines) ->
    Source = filename:join(Ebin, atom_to_list(Module) ++ ".erl"),
    ok = file:write_file(Source, lists:join("\n", Lines)),
    {ok, Module} = compile:file(Source, [{outdir, Ebin}]).

write(File, Term) ->
    ok = filelib:ensure_dir(File),
    ok = file:write_file(File, io_lib:format("~p.~n", [Term])).
